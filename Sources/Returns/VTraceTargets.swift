import StarlingExperience
import Glibc

/// V-trace: targets for values and advantages for policy gradients from experience of an older policy.
///
/// Espeholt et al., "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner Architectures"
/// (2018), section 4.1, with the trace parameter λ of remark 2. With πₜ the trained policy, μₜ the one that acted:
/// ```
/// ρₜ = min(ρ̄, π(aₜ)/μ(aₜ))          cₜ = λ · min(c̄, π(aₜ)/μ(aₜ))
/// δₜ = ρₜ (rₜ + γₜ V(xₜ₊₁) − V(xₜ))
/// vₜ = V(xₜ) + δₜ + γₜ cₜ (vₜ₊₁ − V(xₜ₊₁)),      v_T = V(x_T)
/// Aₜ = min(ρ̄_pg, π(aₜ)/μ(aₜ)) (rₜ + γₜ (λ vₜ₊₁ + (1 − λ) V(xₜ₊₁)) − V(xₜ))
/// ```
/// The advantage's bootstrap is rlax's, which agrees with λ < 1; scalable_agent bootstraps from vₜ₊₁ alone. Both are
/// the same at λ = 1.
///
/// All arrays are time-major, `[t · B + b]`: the loop over time is outside, and columns are contiguous inside.
/// Nothing is allocated. NaN in gives NaN out, so that a broken input shows.
public enum VTraceTargets {
    /// The numbers of the equations.
    public struct Settings: Hashable, Sendable {
        /// γ of an ordinary step, in [0, 1].
        public var discount: Float
        /// λ, in [0, 1].
        public var lambda: Float
        /// ρ̄ ≥ c̄; decides which policy's value is the fixed point. `.infinity` for no clipping.
        public var rhoClip: Float
        /// c̄; decides how fast it gets there.
        public var cClip: Float
        /// ρ̄_pg, the clip of the policy gradient's weight.
        public var pgRhoClip: Float

        public init(
            discount: Float, lambda: Float = 1, rhoClip: Float = 1, cClip: Float = 1, pgRhoClip: Float = 1
        ) {
            self.discount = discount
            self.lambda = lambda
            self.rhoClip = rhoClip
            self.cClip = cClip
            self.pgRhoClip = pgRhoClip
        }
    }

    /// Targets of unrolls as they come from actors: the kind of a row decides, as `Discounting.kinds` says. A `.reset` row
    /// has δ = 0 and c = 0: its target is its own value, its advantage 0, and what its action, reward and ratio
    /// are doesn't matter.
    ///
    /// - Parameters:
    ///   - logRatios: log π(a) − log μ(a), `[T, B]`.
    ///   - rewards: `[T, B]`.
    ///   - kinds: raw values of `StepKind`, `[T, B]`.
    ///   - values: V(x), `[T+1, B]`; row `T` bootstraps.
    ///   - valueTargets: v, `[T+1, B]`; row `T` is the values' own.
    ///   - advantages: A, `[T+1, B]`; row `T` is 0.
    public static func targets(
        unrollLength T: Int, columns B: Int, settings: Settings, logRatios: UnsafeBufferPointer<Float>,
        rewards: UnsafeBufferPointer<Float>, kinds: UnsafeBufferPointer<UInt8>, values: UnsafeBufferPointer<Float>,
        valueTargets: UnsafeMutableBufferPointer<Float>, advantages: UnsafeMutableBufferPointer<Float>
    ) {
        targets(
            unrollLength: T, columns: B, settings: settings, logRatios: logRatios, rewards: rewards,
            discounting: .kinds(kinds, discount: settings.discount), values: values, valueTargets: valueTargets,
            advantages: advantages)
    }

    /// The same with any discounting; `settings.discount` isn't used.
    public static func targets(
        unrollLength T: Int, columns B: Int, settings: Settings, logRatios: UnsafeBufferPointer<Float>,
        rewards: UnsafeBufferPointer<Float>, discounting: Discounting, values: UnsafeBufferPointer<Float>,
        valueTargets: UnsafeMutableBufferPointer<Float>, advantages: UnsafeMutableBufferPointer<Float>
    ) {
        demand(
            discounting.count == T * B && logRatios.count == T * B && rewards.count == T * B,
            "\(discounting.count) discounts, \(logRatios.count) ratios, \(rewards.count) rewards for \(T) × \(B) steps")
        demand(
            values.count == (T + 1) * B && valueTargets.count == (T + 1) * B && advantages.count == (T + 1) * B,
            "\(values.count) values, \(valueTargets.count) targets, \(advantages.count) advantages for \(T + 1) × \(B)")
        for i in T * B..<(T + 1) * B {
            valueTargets[i] = values[i]
            advantages[i] = 0
        }
        let lambda = settings.lambda
        for t in stride(from: T - 1, through: 0, by: -1) {
            for i in t * B..<(t + 1) * B {
                let (value, next) = (values[i], i + B)
                guard let discount = discounting[i] else {
                    valueTargets[i] = value
                    advantages[i] = 0
                    continue
                }
                // Cut before exp, so that it can't overflow; every clip in use is far below e³⁰. `min` hands on a
                // NaN that stands first.
                let ratio = exp(min(logRatios[i], 30))
                let delta = min(ratio, settings.rhoClip) * (rewards[i] + discount * values[next] - value)
                let trace = lambda * min(ratio, settings.cClip) * discount * (valueTargets[next] - values[next])
                valueTargets[i] = value + (delta + trace)
                let bootstrap = lambda * valueTargets[next] + (1 - lambda) * values[next]
                advantages[i] = min(ratio, settings.pgRhoClip) * (rewards[i] + discount * bootstrap - value)
            }
        }
    }
}
