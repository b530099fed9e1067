/// An operation that treats every number alone. Inputs and output have one shape.
protocol Elementwise: Operation {
    var map: MapOperation { get }
    func value(_ x: [Double]) -> Double
}

extension Elementwise {
    package func shape(_ inputs: [Shape]) -> Shape {
        for shape in inputs {
            demand(shape == inputs[0], "\(self) needs equal shapes, got \(inputs[0]) and \(shape)\(Self.remedy(inputs[0], shape))")
        }
        return inputs[0]
    }

    /// How two shapes that people mix up become one.
    private static func remedy(_ first: Shape, _ second: Shape) -> String {
        if first.rows != nil, first.rows == second.rows, Set([first.dims, second.dims]) == [[], [1]] {
            return ": g.sum(x, over: .features) makes a number per row of what a head gives, one feature per row"
        }
        if (first == .scalar) != (second == .scalar) {
            return ": the mean of a number per row is one number, pass.mean(&g, row); a number for every row is g.multiply(row, scalar: x)"
        }
        return ""
    }

    package func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for index in output.values.indices { output.values[index] = value(inputs.map { $0.values[index] }) }
    }

    package var kernel: Kernel { .map(map) }
    package var layouts: LayoutRule { .same }
}

extension Sample {
    /// The sizes that elementwise operations are tried on: one row, two, odd ones, and more than a block.
    static func elementwise(
        _ name: String, arity: Int = 1, _ range: ClosedRange<Float> = -2...2,
        apply: @escaping @Sendable (inout Graph, [Node]) -> Node
    ) -> [Sample] {
        let sizes: [(Int, [Int])] = [(1, []), (1, [1]), (2, [3]), (37, []), (19, [31]), (3, [700])]
        return sizes.map { rows, dims in
            let shape = Shape(rows: .samples, dims: dims)
            return Sample(
                "\(name) \(rows)×\(dims)", rows: rows, Array(repeating: Input(shape, .float(range)), count: arity),
                apply: apply)
        }
    }
}
