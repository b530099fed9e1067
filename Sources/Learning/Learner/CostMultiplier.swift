import StarlingExperience

/// The Lagrange multiplier ν of a limit on costs: the return is maximised under `E[Σ c] ≤ d` by maximising `E[Σ r − ν c]` with a ν ≥ 0
/// that grows while episodes cost more than d and shrinks while they cost less (Tessler, Mankowitz, Mannor 2019, "Reward constrained
/// policy optimization": ν follows more slowly than the policy learns).
///
/// It is a controller, as in Stooke, Achiam and Abbeel 2020, "Responsive safety in reinforcement learning by PID Lagrangian methods",
/// without their derivative: with every episode's cost C and an exponential mean Ĉ of these
///
///     I ← [I + rate · (C − d)]₊        ν = [I + damping · (Ĉ − d)]₊
///
/// The integral I alone swings about the limit, since it keeps growing until costs are below; what is in proportion to the excess damps that.
package struct CostMultiplier: Codable, Hashable, Sendable {
    /// I.
    private(set) var integral: Double
    /// Ĉ; nil before the first episode.
    package private(set) var mean: Double?

    package init(_ settings: RunSettings.CostLimit) { integral = Double(settings.initial) }

    /// ν; at most `settings.largest`.
    package func value(_ settings: RunSettings.CostLimit) -> Double {
        guard let limit = settings.limit.map(Double.init) else { return 0 }
        let excess = mean.map { $0 - limit } ?? 0
        return min(max(0, integral + Double(settings.damping) * excess), Double(settings.largest))
    }

    /// Takes in what an episode cost.
    package mutating func add(_ cost: Float, _ settings: RunSettings.CostLimit) {
        guard let limit = settings.limit.map(Double.init), cost.isFinite else { return }
        let before = mean ?? Double(cost)
        mean = before + (Double(cost) - before) / Double(settings.window)
        // Within its bounds, so that it is back as soon as costs are below the limit again.
        integral = min(max(0, integral + Double(settings.rate) * (Double(cost) - limit)), Double(settings.largest))
    }

    /// What `add` can't have made, of a checkpoint.
    var fault: String? {
        guard integral.isFinite, integral >= 0, mean?.isFinite ?? true else { return "it tells of a multiplier of costs of \(integral)" }
        return nil
    }
}

extension RunSettings {
    /// A limit of what an episode may cost; see `CostMultiplier`.
    package struct CostLimit: Hashable, Sendable {
        /// d: what an episode may cost on average; nil: costs are told, and don't count.
        package var limit: Float?
        /// ν at first.
        package var initial: Float = 0
        package var rate: Float = 0.05
        package var damping: Float = 1
        /// Episodes of the mean Ĉ.
        package var window = 50
        package var largest: Float = 1000
    }

    /// Whether what an evaluation told of costs is within the limit, where there is one.
    package func isWithinCostLimit(_ evaluation: EvaluationSummary) -> Bool {
        guard let limit = cost.limit else { return true }
        return evaluation.measures.contains { $0.name == EnvironmentSpec.costMeasure && $0.mean <= Double(limit) }
    }

    /// Whether the mean of greedy episodes is goal and margin, at no more cost than there may be.
    package func isGoalReached(by evaluation: EvaluationSummary?) -> Bool {
        guard let evaluation else { return false }
        return goal.isReached(by: evaluation) && isWithinCostLimit(evaluation)
    }

    /// Why no such limit can be kept in an environment, with the remedy.
    func costConflict(_ environment: EnvironmentSpec) -> String? {
        guard let limit = cost.limit else { return nil }
        guard environment.tellsCost else {
            return """
                cost.limit is \(limit), and steps of \(environment.name) have no costs: choose an environment that tells them (of gymnasium name \
                the number of info by environment.cost), or leave cost.limit out
                """
        }
        guard !environment.playersAlternate else {
            return
                "cost.limit is \(limit), and players of \(environment.name) act in turn, of whom one's cost is the other's too: leave it out"
        }
        return nil
    }
}
