/// How actors look ahead with the learned model before they act. What comes of it takes the place of what the policy head gives: the
/// acting rule chooses by it, and unrolls tell it.
public struct PlanningSpec: Hashable, Sendable {
    /// How plans are made.
    public enum Method: Hashable, Sendable {
        /// A tree for each decision, for discrete actions (Danihelka et al. 2022, "Policy improvement by planning with Gumbel").
        case search(Search)
        /// Sequences of continuous actions by the cross-entropy method (Chua et al. 2018, "Deep reinforcement learning in a handful of
        /// trials").
        case crossEntropy(CrossEntropy)
    }

    /// A tree of actions that are chosen.
    public struct Search: Hashable, Sendable {
        /// States that are looked at for one decision.
        public var simulations: Int
        /// Actions that the root looks at, the likeliest.
        public var considered: Int
        /// How much values count beside the policy's logits: `(50 + visits) · scale · q`, q in 0 ... 1.
        public var valueScale: Float

        public init(simulations: Int = 16, considered: Int = 16, valueScale: Float = 0.1) {
            (self.simulations, self.considered, self.valueScale) = (simulations, considered, valueScale)
        }
    }

    /// Sequences of continuous actions.
    public struct CrossEntropy: Hashable, Sendable {
        /// Steps that a plan has.
        public var horizon: Int
        /// Sequences that are drawn in an iteration.
        public var candidates: Int
        /// Candidates that tell where to go on.
        public var elites: Int
        /// How often they are drawn anew, around the best.
        public var iterations: Int
        /// Below which no deviation falls, on the unit scale: what actors explore by.
        public var leastDeviation: Float

        public init(horizon: Int = 12, candidates: Int = 200, elites: Int = 20, iterations: Int = 5, leastDeviation: Float = 0.1) {
            (self.horizon, self.candidates, self.elites) = (horizon, candidates, elites)
            (self.iterations, self.leastDeviation) = (iterations, leastDeviation)
        }
    }

    /// How plans are made.
    public var method: Method
    /// γ of what a plan is worth.
    public var discount: Float
    /// Whether only evaluations plan: experience is made by the policy head.
    public var isForEvaluation: Bool

    public init(_ method: Method, discount: Float, isForEvaluation: Bool = false) {
        (self.method, self.discount, self.isForEvaluation) = (method, discount, isForEvaluation)
    }

    /// Most states that are looked at for one action.
    public static let simulationLimit = 1024
    /// Most steps of a sequence.
    public static let horizonLimit = 256
    /// Most sequences of an iteration.
    public static let candidateLimit = 16_384
    /// Most iterations.
    public static let iterationLimit = 100
    /// Most steps of the model for one action.
    public static let stepLimit = 1 << 22

    /// Why nobody can plan so with this model and these actions, as a sentence without its end; nil when one can.
    public func fault(_ model: ModelSpec, _ action: ActionSpec) -> String? {
        guard let dynamics = model.dynamics else { return "planning needs a model of what actions do to the latent" }
        guard (0...1).contains(discount) else { return "planning discounts by 0 to 1, not \(discount)" }
        switch (method, action) {
        case (.search(let search), .discrete(let count)):
            guard UnrollSchema.carriesLogits(action) else {
                return "search tells the logits of every action, and \(count) are too many to travel"
            }
            guard (1...Self.simulationLimit).contains(search.simulations), search.considered > 0, search.valueScale > 0,
                search.valueScale.isFinite
            else { return "a search has 1 to \(Self.simulationLimit) simulations, and considers an action at least" }
            return nil
        case (.crossEntropy(let method), .continuous):
            guard dynamics.outcomes == 1 else {
                return "the cross-entropy method follows one outcome of each step, and the model has \(dynamics.outcomes)"
            }
            return method.fault
        case (_, .multiDiscrete(let counts)):
            return "plans are of actions of one part, and these have \(counts.count): set planning.method to none"
        case (.search, .continuous): return "search needs discrete actions, and these are continuous: plan by cem"
        case (.crossEntropy, .discrete): return "the cross-entropy method needs continuous actions, and these are discrete: plan by search"
        }
    }
}

extension PlanningSpec.CrossEntropy {
    fileprivate var fault: String? {
        guard (1...PlanningSpec.horizonLimit).contains(horizon), (1...PlanningSpec.iterationLimit).contains(iterations),
            (2...PlanningSpec.candidateLimit).contains(candidates)
        else {
            return """
                a plan has 1 to \(PlanningSpec.horizonLimit) steps, and is made in 1 to \(PlanningSpec.iterationLimit) iterations of 2 to \
                \(PlanningSpec.candidateLimit) candidates
                """
        }
        guard horizon * iterations * candidates <= PlanningSpec.stepLimit else {
            return
                "\(iterations) iterations of \(candidates) candidates of \(horizon) steps are more than \(PlanningSpec.stepLimit) steps for one action"
        }
        guard (2...candidates).contains(elites) else { return "of \(candidates) candidates 2 at least are elites, not \(elites)" }
        guard (1e-3...1).contains(leastDeviation) else { return "the least deviation is 0.001 to 1, not \(leastDeviation)" }
        return nil
    }
}
