/// How actors act: told by the learner in its WELCOME, the same for every actor of a run.
public struct ActingSpec: Hashable, Sendable {
    /// What the heads see of q(z|o).
    public enum LatentMode: UInt8, Hashable, Sendable, CaseIterable {
        /// z = μ.
        case mean = 0
        /// z = μ + σ⊙ε, where ε comes from the unroll's key and is made again by the learner.
        case noise = 1
    }

    /// Whether actions follow from μ or from a sample of q(z|o).
    public var latentMode: LatentMode
    /// Steps `T` of an unroll.
    public var unrollLength: Int
    /// Environments `E` of an unroll.
    public var environmentsPerUnroll: Int
    /// How actions come about; its numbers ride with each version of the parameters.
    public var rule: ActingRule
    /// How far the ε of the rule `epsilon` differs among the environments of an unroll; see `ActingScalars.writeEpsilons`.
    public var epsilonSpread: Float
    /// How actors look ahead; nil: they don't.
    public var planning: PlanningSpec?

    public init(
        latentMode: LatentMode, unrollLength: Int, environmentsPerUnroll: Int, rule: ActingRule = .sample, epsilonSpread: Float = 0,
        planning: PlanningSpec? = nil
    ) {
        self.rule = rule
        self.epsilonSpread = epsilonSpread
        self.planning = planning
        self.latentMode = latentMode
        self.unrollLength = unrollLength
        self.environmentsPerUnroll = environmentsPerUnroll
    }

    /// How actors look ahead as they make experience; nil where they don't, or evaluations alone do.
    public var experiencePlanning: PlanningSpec? { planning.flatMap { $0.isForEvaluation ? nil : $0 } }
}
