/// A parameter of a model as data: what it is called, how large it is and how it begins.
public struct ParameterSpec: Sendable {
    /// What a parameter begins with.
    public enum Initial: Sendable {
        case constant(Float)
        /// Orthogonal rows or columns, whichever are fewer, times `gain`; `[out, in…]` is taken as a matrix out × (in…).
        case orthogonal(gain: Float)
        /// Uniform on ±bound.
        case uniform(bound: Float)
        case normal(deviation: Float)
    }

    /// `module.….weight`, for instance: the first component is the module that the parameter belongs to.
    public let name: String
    /// As PyTorch's.
    public let dims: [Int]
    /// What it begins with.
    public let initial: Initial

    public init(_ name: String, _ dims: [Int], _ initial: Initial) {
        (self.name, self.dims, self.initial) = (name, dims, initial)
    }

    /// Numbers of it.
    public var count: Int { dims.reduce(1, *) }

    /// The module of a parameter or of a part of a model: the first component of its name.
    public static func module(of name: String) -> String { String(name.prefix { $0 != "." }) }
}
