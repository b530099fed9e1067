import Glibc
import StarlingExperience

/// That the age which experience may have is what keeps actors and trainer from working: what it costs, and the remedy, by the model of
/// *Scaling*.
package struct LagLimit: Hashable, Sendable {
    /// `batch.max_policy_lag` and columns of a batch, as they are and as either would have to be, in doublings. In lockstep there is no lag.
    package let policyLag: Int
    package let columns: Int
    package let wantedPolicyLag: Int
    package let wantedColumns: Int
    /// Actors that act, and those of them that have no credit now.
    package let actors: Int
    package let waitingActors: Int
    private let isLockstep: Bool
    private let environments: Int
    private let pressure: CreditPressure

    /// - Returns: nil where something else limits.
    package init?(_ pressure: CreditPressure, _ offer: LearnerOffer, actors: Int, threads: Int, waitingActors: Int) {
        guard pressure.isAtBound else { return nil }
        // So many times as much experience would be made if nobody waited for credit, until the one who waits less is busy.
        let factor = min(1 / max(0.01, 1 - pressure.actorsWait), 1 / max(0.01, 1 - pressure.trainerWaits))
        let doubled = Int(exp2(log2(factor).rounded(.up)))
        isLockstep = offer.isLockstep
        policyLag = if case .adaptive(let policyLag) = offer.pacing { policyLag } else { 0 }
        columns = offer.unrollsPerBatch * offer.acting.environmentsPerUnroll
        (wantedPolicyLag, wantedColumns) = (policyLag * doubled, columns * doubled)
        (self.actors, self.waitingActors, self.pressure) = (actors, waitingActors, pressure)
        environments = threads * offer.environmentsPerActor
    }

    /// For a log.
    package var sentence: String {
        guard !isLockstep else {
            return """
                the way between actors and learner limits the rate: in lockstep experience is made for one batch at a time, and the actors' \
                \(environments) environments are idle for \(Self.percent(pressure.actorsWait)) of the time and the trainer for \
                \(Self.percent(pressure.trainerWaits)). Larger batches make the way once for more: longer unrolls (acting.unroll_length), or \
                more environments (acting.environments_per_actor) in batches of more columns (batch.columns, now \(columns)); or actors nearer by
                """
        }
        return """
            the policy lag limits the rate: at a lag of at most \(policyLag) the actors' \(environments) environments are idle for \
            \(Self.percent(pressure.actorsWait)) of the time and the trainer for \(Self.percent(pressure.trainerWaits))\
            \(waitingActors > 0 ? "; \(waitingActors) of \(actors) actors have no credit now" : ""). To keep them busy takes \
            batch.max_policy_lag \(wantedPolicyLag), or batch.columns \(wantedColumns) (now \(columns)), which batch.scale=auto does by \
            itself where both wait for half of the time; both may cost frames
            """
    }

    /// For a line of a panel.
    package var brief: String {
        let waits = "actors wait \(Self.percent(pressure.actorsWait)), trainer \(Self.percent(pressure.trainerWaits))"
        return isLockstep
            ? "round trips limit: \(waits); see acting.unroll_length"
            : "policy lag limits: \(waits); see batch.max_policy_lag"
    }

    static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
