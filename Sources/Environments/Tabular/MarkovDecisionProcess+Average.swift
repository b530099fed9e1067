/// The long run of a task that goes on for ever, by relative value iteration (White 1963; Puterman 1994, section 8.5).
extension MarkovDecisionProcess {
    /// What a step brings on average in the long run, and how much more than that each state brings on the way there.
    public struct LongRun: Hashable, Sendable {
        /// Mean reward of a step, the same from every state.
        public let reward: Double
        /// Of each state, of the first 0: what takes the place of values, with a discount of 1.
        public let bias: [Double]

        public init(reward: Double, bias: [Double]) { (self.reward, self.bias) = (reward, bias) }
    }

    /// The best there is in the long run.
    /// - Returns: nil when it still moves after so many sweeps: where states are never left for one another, or only in turns.
    public func optimalLongRun(tolerance: Double = 1e-9, sweeps: Int = 100_000) -> LongRun? {
        longRun(tolerance, sweeps) { state, values in bestValue(state, values, 1) }
    }

    /// What a policy brings in the long run.
    /// - Parameter policy: π(a|s), `[S, A]`.
    /// - Returns: nil when it still moves after so many sweeps.
    public func longRun(of policy: [[Double]], tolerance: Double = 1e-9, sweeps: Int = 100_000) -> LongRun? {
        longRun(tolerance, sweeps) { state, values in value(state, policy[state], values, 1) }
    }

    /// One more step adds the reward to every state alike, once it does: between the least and the most it adds lies the answer.
    private func longRun(_ tolerance: Double, _ sweeps: Int, _ backup: (Int, [Double]) -> Double) -> LongRun? {
        var bias = [Double](repeating: 0, count: stateCount)
        for _ in 0..<sweeps {
            let next = (0..<stateCount).map { backup($0, bias) }
            let gains = zip(next, bias).map { $0 - $1 }
            let (least, most) = (gains.min() ?? 0, gains.max() ?? 0)
            if most - least <= tolerance { return LongRun(reward: (least + most) / 2, bias: bias) }
            bias = next.map { $0 - next[0] }
        }
        return nil
    }
}
