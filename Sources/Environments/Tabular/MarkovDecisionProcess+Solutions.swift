/// Dynamic programming (Bellman 1957; Sutton and Barto 2018, chapter 4): the exact answers that what is learned is compared with.
extension MarkovDecisionProcess {
    /// Σ p·(r + γ·V(s')) over the outcomes of an action, where V is 0 behind an end.
    public func actionValue(_ state: Int, _ action: Int, _ values: [Double], discount: Double) -> Double {
        var sum = 0.0
        for outcome in outcomes(state, action) {
            sum += outcome.probability * (outcome.reward + (outcome.terminates ? 0 : discount * values[outcome.next]))
        }
        return sum
    }

    /// V*, by value iteration: `V(s) ← max_a Σ p·(r + γ·V(s'))`, until no state moves by more than the tolerance.
    /// - Parameters:
    ///   - discount: γ; 1 where every optimal episode ends.
    ///   - sweeps: at most so many over all states.
    /// - Returns: nil when it still moves after those: with γ = 1 where an episode need not end.
    public func optimalValues(discount: Double, tolerance: Double = 1e-12, sweeps: Int = 100_000) -> [Double]? {
        solve(tolerance, sweeps) { state, values in bestValue(state, values, discount) }
    }

    /// V^π of a policy that takes each action with a probability, by iterative policy evaluation.
    /// - Parameter policy: π(a|s), `[S, A]`.
    /// - Returns: nil when it still moves after so many sweeps.
    public func values(of policy: [[Double]], discount: Double, tolerance: Double = 1e-12, sweeps: Int = 100_000) -> [Double]? {
        solve(tolerance, sweeps) { state, values in value(state, policy[state], values, discount) }
    }

    /// The mean undiscounted return of the best policy within so many steps, which may look at the clock.
    public func optimalReturn(horizon: Int) -> Double {
        var values = [Double](repeating: 0, count: stateCount)
        for _ in 0..<horizon { values = (0..<stateCount).map { bestValue($0, values, 1) } }
        return zip(start, values).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The mean undiscounted return of a policy within so many steps.
    /// - Parameter policy: π(a|s), `[S, A]`.
    public func meanReturn(of policy: [[Double]], horizon: Int) -> Double {
        var values = [Double](repeating: 0, count: stateCount)
        for _ in 0..<horizon { values = (0..<stateCount).map { value($0, policy[$0], values, 1) } }
        return zip(start, values).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The policy that takes the best action by these values, the first of equals.
    public func greedyPolicy(_ values: [Double], discount: Double) -> [[Double]] {
        (0..<stateCount).map { state in
            let worth = (0..<actionCount).map { actionValue(state, $0, values, discount: discount) }
            let best = worth.indices.reduce(0) { worth[$1] > worth[$0] + 1e-12 ? $1 : $0 }
            return worth.indices.map { $0 == best ? 1 : 0 }
        }
    }

    func bestValue(_ state: Int, _ values: [Double], _ discount: Double) -> Double {
        (0..<actionCount).reduce(-.infinity) { max($0, actionValue(state, $1, values, discount: discount)) }
    }

    func value(_ state: Int, _ policy: [Double], _ values: [Double], _ discount: Double) -> Double {
        policy.indices.reduce(0) { sum, action in
            policy[action] == 0 ? sum : sum + policy[action] * actionValue(state, action, values, discount: discount)
        }
    }

    /// Sweeps in place until nothing moves.
    private func solve(_ tolerance: Double, _ sweeps: Int, _ backup: (Int, [Double]) -> Double) -> [Double]? {
        var values = [Double](repeating: 0, count: stateCount)
        for _ in 0..<sweeps {
            var change = 0.0
            for state in 0..<stateCount {
                let value = backup(state, values)
                change = max(change, abs(value - values[state]))
                values[state] = value
            }
            if change <= tolerance { return values }
        }
        return nil
    }
}
