/// How a search over a learned model chooses, and how much it may look at.
public struct SearchSettings: Hashable, Sendable {
    /// States that are looked at for one decision.
    public var simulations: Int
    /// Steps that it looks ahead at most.
    public var depth: Int
    /// Which action a simulation takes.
    public var rule: Rule
    /// What action values are before they are compared with priors.
    public var scale: ValueScale

    public init(simulations: Int, depth: Int = .max, rule: Rule, scale: ValueScale) {
        precondition(simulations > 0 && depth > 0, "a search of \(simulations) simulations, \(depth) deep")
        (self.simulations, self.depth, self.rule, self.scale) = (simulations, depth, rule, scale)
    }

    /// Which action a simulation takes.
    public enum Rule: Hashable, Sendable {
        /// `argmax q + p √N / (1 + n) · (first + ln((N + base + 1) / base))` of every node (Schrittwieser et al. 2020, "Mastering Atari, Go,
        /// chess and shogi by planning with a learned model", appendix B).
        case puct(first: Float = 1.25, base: Float = 19_652)
        /// At the root sequential halving over the actions with the largest Gumbel number plus logit, elsewhere what brings visits nearest to
        /// the improved policy (Danihelka et al. 2022, "Policy improvement by planning with Gumbel", sections 3 to 5).
        case gumbel(considered: Int)
    }

    /// What action values are before they are compared with priors.
    public enum ValueScale: Hashable, Sendable {
        /// `(q − low) / (high − low)`; 0 of an action that nobody tried.
        case bounds(low: Float, high: Float)
        /// To 0 ... 1 between the least and the largest of the node's own value and its actions'; 0 of an action that nobody tried.
        case siblings
        /// `(offset + most visits) · scale · q`, with a mixture of the node's value and its actions' for those that nobody tried, in 0 ... 1
        /// first where `isRescaled` (Danihelka et al. 2022, equation 8 and appendix D).
        case completed(scale: Float = 0.1, offset: Float = 50, isRescaled: Bool = true)
    }
}
