/// How a parameter starts.
public enum Initializer: Hashable, Sendable {
    case zeros
    case constant(Float)
    /// Orthogonal rows or columns, whichever are fewer, times `gain`; [out, in…] is taken as an out × (in…) matrix
    /// (Saxe et al. 2014).
    case orthogonal(gain: Float)
    /// Uniform on ±bound.
    case uniform(bound: Float)
    /// Normal with this standard deviation.
    case normal(deviation: Float)
}
