/// One operation of the vocabulary. Whoever adds one writes one file: shape rule, derivative, obvious evaluation,
/// kernel and samples, and the `Graph` method that applies it.
package protocol Operation: Sampled {
    /// The shape of the output. Stops with both shapes when the inputs do not fit: that is a fault of our own code.
    func shape(_ inputs: [Shape]) -> Shape

    /// The derivative of a loss by each input, grown in the graph from `upstream`, the derivative by the output.
    /// nil where there is none. What nobody needs afterwards is not computed.
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?]

    /// The oracle: double precision, plain loops.
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor)

    /// How devices compute it: one of the closed set.
    var kernel: Kernel { get }

    /// What each input port must carry; values made by operations are `.float`.
    func scalarType(ofInput index: Int) -> ScalarType

    /// In which layout it takes images; the graph brings them into it.
    var layouts: LayoutRule { get }

}

/// Something of the vocabulary that the parameterised test checks: an operation, or a composition of several.
package protocol Sampled: Sendable {
    /// Cases to run.
    static var samples: [Sample] { get }
}

extension Operation {
    package func scalarType(ofInput index: Int) -> ScalarType { .float }
    package var layouts: LayoutRule { .plain }
    package static var samples: [Sample] { [] }
}

/// What layouts of images an operation takes.
package enum LayoutRule: Sendable {
    case plain
    /// Whatever comes: the order of the features does not matter.
    case any
    /// Whatever comes, but all inputs the same.
    case same
    case channelsLast
}

/// One case of the parameterised test: inputs and how to apply the operation to them.
package struct Sample: Sendable {
    package enum Values: Sendable {
        /// Float values spread over a range; the derivative by them is checked.
        case float(ClosedRange<Float>)
        /// Int32 below a bound.
        case index(below: Int)
        case bytes
        /// Bytes that are 0 or 1.
        case flags
        case keys, steps, environments
    }

    package struct Input: Sendable {
        public let shape: Shape
        public let values: Values

        public init(_ shape: Shape, _ values: Values = .float(-2...2)) {
            self.shape = shape
            self.values = values
        }
    }

    package let name: String
    /// Bound to `.samples` in the shapes.
    package let rows: Int
    package let inputs: [Input]
    /// Bound to `.sequences`.
    package let columns: Int?
    package let apply: @Sendable (inout Graph, [Node]) -> Node

    package init(
        _ name: String, rows: Int, _ inputs: [Input], columns: Int? = nil, apply: @escaping @Sendable (inout Graph, [Node]) -> Node
    ) {
        self.name = name
        self.rows = rows
        self.inputs = inputs
        self.columns = columns
        self.apply = apply
    }
}
