import StarlingExperience

/// What the value after a step counts for, `[T, B]`: the one place that knows terminations, truncations and
/// reset rows. Where the value after a step is the other player's, γ is negative: all returns are then those of two players in turn,
/// `V(x) = r − |γ| V(x')`.
public enum Discounting {
    /// From the kinds of an unroll's rows (raw values of `StepKind`) and γ. `.terminated` has γ = 0; `.truncated` keeps
    /// γ and so bootstraps from V(final observation), which is the next row; a `.reset` row holds no step,
    /// also one with a terminated episode's final observation, from which γ = 0 cuts the termination off.
    case kinds(UnsafeBufferPointer<UInt8>, discount: Float)
    /// γₜ of every step, 0 after a termination; every row holds a step.
    case each(UnsafeBufferPointer<Float>)

    var count: Int {
        switch self {
        case .kinds(let kinds, _): kinds.count
        case .each(let discounts): discounts.count
        }
    }

    /// γ of row `i`, or nil when it holds no step.
    @inline(__always)
    subscript(i: Int) -> Float? {
        switch self {
        case .kinds(let kinds, let discount):
            kinds[i] == StepKind.reset.rawValue ? nil : kinds[i] == StepKind.terminated.rawValue ? 0 : discount
        case .each(let discounts): discounts[i]
        }
    }
}
