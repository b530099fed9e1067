import StarlingExperience

/// That the policy lag is what keeps actors and trainer from working: what it costs, and the remedy, by the model of *Scaling*.
package struct LagLimit: Hashable, Sendable {
    /// `batch.max_policy_lag` and columns of a batch, as they are and as either would have to be.
    package let policyLag: Int
    package let columns: Int
    package let wantedPolicyLag: Int
    package let wantedColumns: Int
    /// Actors that act, and those of them that have no credit now.
    package let actors: Int
    package let waitingActors: Int
    private let environments: Int
    private let pressure: CreditPressure

    /// - Returns: nil where something else limits.
    package init?(_ pressure: CreditPressure, _ offer: LearnerOffer, actors: Int, threads: Int, waitingActors: Int) {
        guard pressure.isAtBound, case .adaptive(let policyLag) = offer.pacing else { return nil }
        let width = offer.acting.environmentsPerUnroll
        // So many times as much experience would be made if nobody waited for credit, until the one who waits less is busy.
        let factor = min(1 / max(0.01, 1 - pressure.actorsWait), 1 / max(0.01, 1 - pressure.trainerWaits))
        (self.policyLag, columns) = (policyLag, offer.unrollsPerBatch * width)
        wantedPolicyLag = Int((Double(policyLag) * factor).rounded(.up))
        wantedColumns = Int((Double(columns) * factor / Double(width)).rounded(.up)) * width
        (self.actors, self.waitingActors, self.pressure) = (actors, waitingActors, pressure)
        environments = threads * offer.environmentsPerActor
    }

    /// For a log.
    package var sentence: String {
        """
        the policy lag limits the rate: at a lag of at most \(policyLag) the actors' \(environments) environments stand still for \
        \(Self.percent(pressure.actorsWait)) of the time and the trainer for \(Self.percent(pressure.trainerWaits))\
        \(waitingActors > 0 ? "; \(waitingActors) of \(actors) actors have no credit now" : ""). To keep them busy takes \
        batch.max_policy_lag \(wantedPolicyLag), or batch.columns \(wantedColumns) (now \(columns)), which batch.scale=auto does by itself
        """
    }

    /// For a line of a panel.
    package var brief: String {
        "policy lag limits the rate: actors wait \(Self.percent(pressure.actorsWait)), trainer \(Self.percent(pressure.trainerWaits)); see batch.scale"
    }

    private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
