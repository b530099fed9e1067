import StarlingExperience

/// Returns of experience of the current policy. Arrays are time-major, `[t · B + b]`; nothing is allocated.
public enum OnPolicyReturns {
    /// λ-returns: `Gₜ = rₜ + γₜ ((1 − λ) V(xₜ₊₁) + λ Gₜ₊₁)`, `G_T = V(x_T)`; a row without a step has G = V.
    ///
    /// Sutton and Barto, "Reinforcement Learning: An Introduction" (2018), section 12.1.
    /// - Parameters:
    ///   - rewards: `[T, B]`.
    ///   - values: `[T+1, B]`; row `T` bootstraps.
    ///   - returns: `[T+1, B]`; row `T` is the values' own.
    public static func lambdaReturns(
        unrollLength T: Int, columns B: Int, lambda: Float, rewards: UnsafeBufferPointer<Float>,
        discounting: Discounting, values: UnsafeBufferPointer<Float>, returns: UnsafeMutableBufferPointer<Float>
    ) {
        check(T, B, rewards, discounting, values, returns)
        for i in T * B..<(T + 1) * B { returns[i] = values[i] }
        for t in stride(from: T - 1, through: 0, by: -1) {
            for i in t * B..<(t + 1) * B {
                guard let discount = discounting[i] else {
                    returns[i] = values[i]
                    continue
                }
                returns[i] = rewards[i] + discount * ((1 - lambda) * values[i + B] + lambda * returns[i + B])
            }
        }
    }

    /// Generalised advantages: `Aₜ = δₜ + γₜ λ Aₜ₊₁` with `δₜ = rₜ + γₜ V(xₜ₊₁) − V(xₜ)`; a row without a step has A = 0.
    ///
    /// Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (2016).
    /// - Parameters:
    ///   - rewards: `[T, B]`.
    ///   - values: `[T+1, B]`; row `T` bootstraps.
    ///   - advantages: `[T+1, B]`; row `T` is 0.
    public static func generalizedAdvantages(
        unrollLength T: Int, columns B: Int, lambda: Float, rewards: UnsafeBufferPointer<Float>,
        discounting: Discounting, values: UnsafeBufferPointer<Float>, advantages: UnsafeMutableBufferPointer<Float>
    ) {
        check(T, B, rewards, discounting, values, advantages)
        for i in T * B..<(T + 1) * B { advantages[i] = 0 }
        for t in stride(from: T - 1, through: 0, by: -1) {
            for i in t * B..<(t + 1) * B {
                guard let discount = discounting[i] else {
                    advantages[i] = 0
                    continue
                }
                let delta = rewards[i] + discount * values[i + B] - values[i]
                advantages[i] = delta + discount * lambda * advantages[i + B]
            }
        }
    }

    /// n-step returns: `Gₜ = rₜ + γₜ (rₜ₊₁ + γₜ₊₁ (… rₜ₊ₙ₋₁ + γₜ₊ₙ₋₁ V(xₜ₊ₙ)))`, shorter at the unroll's end; a row without
    /// a step has G = V and ends the sums that reach it.
    ///
    /// Sutton and Barto, section 7.1. The arrays are those of `lambdaReturns`.
    public static func stepReturns(
        _ n: Int, unrollLength T: Int, columns B: Int, rewards: UnsafeBufferPointer<Float>,
        discounting: Discounting, values: UnsafeBufferPointer<Float>, returns: UnsafeMutableBufferPointer<Float>
    ) {
        demand(n > 0, "n-step returns need n > 0, not \(n)")
        check(T, B, rewards, discounting, values, returns)
        for i in 0..<(T + 1) * B {
            let end = min(i + n * B, T * B + i % B)
            var (sum, weight, j) = (Float(0), Float(1), i)
            while j < end, let discount = discounting[j] {
                sum += weight * rewards[j]
                weight *= discount
                j += B
            }
            returns[i] = sum + weight * values[j]
        }
    }

    private static func check(
        _ T: Int, _ B: Int, _ rewards: UnsafeBufferPointer<Float>, _ discounting: Discounting,
        _ values: UnsafeBufferPointer<Float>, _ result: UnsafeMutableBufferPointer<Float>
    ) {
        demand(
            rewards.count == T * B && discounting.count == T * B,
            "\(rewards.count) rewards and \(discounting.count) discounts for \(T) × \(B) steps")
        demand(
            values.count == (T + 1) * B && result.count == (T + 1) * B,
            "\(values.count) values and \(result.count) results for \(T + 1) × \(B) rows")
    }
}
