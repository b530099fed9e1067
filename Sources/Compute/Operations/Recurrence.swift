import Glibc

/// All steps of a recurrent layer, as a trace: the states that leave each step (the only part that has a derivative), then
/// what the derivative needs.
struct Recurrence: Operation {
    let scan: Scan

    init(cell: Scan.Cell, steps: Int, hidden: Int) { scan = Scan(cell: cell, part: .forward, steps: steps, hidden: hidden) }

    func shape(_ inputs: [Shape]) -> Shape {
        let h = scan.hidden
        let gates = scan.gates * h
        demand(
            inputs[0].dims == [gates] && inputs[0].rows != nil && inputs[1].rows != nil && inputs[1].dims == [scan.states * h]
                && inputs[2] == Shape(rows: inputs[0].rows, dims: []) && inputs[3] == Shape(rows: nil, dims: [gates, h])
                && inputs[4] == Shape(rows: nil, dims: [gates]),
            "a recurrent layer of \(h) units needs x [T·B, \(gates)], initial [B, \(scan.states * h)], reset [T·B], weight [\(gates), \(h)] and bias [\(gates)], got \(inputs)"
        )
        return Shape(rows: inputs[0].rows, dims: [scan.traceWidth])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let h = scan.hidden
        let gates = scan.gates * h
        let byStates = graph.slice(upstream, features: 0..<(scan.states * h))
        let made = graph.apply(
            RecurrenceGradient(of: scan), output, inputs[1], inputs[2], inputs[3], byStates)
        let byInput = graph.slice(made, features: 0..<gates)
        var bySums = byInput
        var states = gates..<(gates + scan.states * h)
        if scan.cell == .gru {
            // The new state's hidden part passes through the reset gate first.
            bySums = graph.concatenate([graph.slice(made, features: 0..<(2 * h)), graph.slice(made, features: (3 * h)..<(4 * h))])
            states = (4 * h)..<(5 * h)
        }
        let before = graph.slice(made, features: (scan.gradientWidth - h)..<scan.gradientWidth)
        return [
            byInput, graph.apply(FirstRows(steps: scan.steps), graph.slice(made, features: states), inputs[1]), nil,
            graph.apply(OuterProduct(), bySums, before), graph.sum(bySums, over: .rows),
        ]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let (x, initial, reset, weight, bias) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
        let h = scan.hidden
        let columns = initial.rowCount
        demand(x.rowCount == scan.steps * columns, "\(x.rowCount) rows are not \(scan.steps) steps of \(columns)")
        func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        for row in 0..<x.rowCount {
            let before = (0..<(scan.states * h)).map { j in
                (1 - reset.values[row]) * (row < columns ? initial[row, j] : output[row - columns, j])
            }
            func inner(_ gate: Int, _ j: Int) -> Double {
                (0..<h).reduce(bias.values[gate * h + j]) { $0 + weight.values[(gate * h + j) * h + $1] * before[$1] }
            }
            for j in 0..<h {
                switch scan.cell {
                case .gru:
                    let r = sigmoid(x[row, j] + inner(0, j))
                    let z = sigmoid(x[row, h + j] + inner(1, j))
                    let n = tanh(x[row, 2 * h + j] + r * inner(2, j))
                    for (part, value) in [(1 - z) * n + z * before[j], r, z, n, inner(2, j)].enumerated() {
                        output[row, part * h + j] = value
                    }
                case .lstm:
                    let i = sigmoid(x[row, j] + inner(0, j))
                    let f = sigmoid(x[row, h + j] + inner(1, j))
                    let g = tanh(x[row, 2 * h + j] + inner(2, j))
                    let o = sigmoid(x[row, 3 * h + j] + inner(3, j))
                    let c = f * before[h + j] + i * g
                    for (part, value) in [o * tanh(c), c, i, f, g, o].enumerated() { output[row, part * h + j] = value }
                }
            }
        }
    }

    var kernel: Kernel { .scan(scan) }

    /// Steps, columns, inputs, hidden units.
    private static let sizes = [(1, 1, 1, 1), (1, 5, 3, 4), (4, 1, 2, 3), (5, 3, 2, 5), (3, 18, 4, 17)]

    static var samples: [Sample] {
        [Scan.Cell.gru, .lstm].flatMap { cell in
            sizes.map { steps, columns, width, h in
                let scan = Scan(cell: cell, part: .forward, steps: steps, hidden: h)
                let gates = scan.gates * h
                return Sample(
                    "\(cell) \(steps)×\(columns)×\(width)→\(h)", rows: steps * columns,
                    [
                        .init(.perRow(.samples, width)), .init(.perRow(.sequences, scan.states * h)), .init(.perRow(.samples), .flags),
                        .init(Shape(rows: nil, dims: [gates, width])), .init(Shape(rows: nil, dims: [gates, h])),
                        .init(Shape(rows: nil, dims: [gates])), .init(Shape(rows: nil, dims: [gates])),
                    ], columns: columns
                ) { g, x in
                    let reset = g.toFloat(Port(node: x[2]), scale: 1)
                    return switch cell {
                    case .gru:
                        g.gru(
                            x[0], initial: x[1], reset: reset, inputWeight: x[3], hiddenWeight: x[4], inputBias: x[5],
                            hiddenBias: x[6], steps: steps)
                    case .lstm:
                        g.lstm(
                            x[0], initial: x[1], reset: reset, inputWeight: x[3], hiddenWeight: x[4], inputBias: x[5],
                            hiddenBias: x[6], steps: steps)
                    }
                }
            }
        }
    }
}

extension Graph {
    /// A gated recurrent unit over the steps of unrolls, as PyTorch's `GRU` with one layer.
    /// - Parameters:
    ///   - x: `[T·B, I]`, time-major: row t·B + b.
    ///   - initial: the states before the first step, `[B, H]`.
    ///   - reset: `[T·B]`; where it is 1, the state is zeroed before the row.
    ///   - inputWeight: `[3·H, I]`, PyTorch's `weight_ih_l0`; likewise the others.
    ///   - steps: T. Acting is T = 1, with one row extent for x and initial.
    /// - Returns: the states after each step, `[T·B, H]`.
    public mutating func gru(
        _ x: Node, initial: Node, reset: Node, inputWeight: Node, hiddenWeight: Node, inputBias: Node, hiddenBias: Node,
        steps: Int
    ) -> Node {
        recur(.gru, x, initial, reset, inputWeight, hiddenWeight, inputBias, hiddenBias, steps)
    }

    /// A long short-term memory over the steps of unrolls, as PyTorch's `LSTM` with one layer. As `gru`, but a state is
    /// hidden and cell side by side: initial `[B, 2·H]`, result `[T·B, 2·H]`, of which the first H features are the output.
    public mutating func lstm(
        _ x: Node, initial: Node, reset: Node, inputWeight: Node, hiddenWeight: Node, inputBias: Node, hiddenBias: Node,
        steps: Int
    ) -> Node {
        recur(.lstm, x, initial, reset, inputWeight, hiddenWeight, inputBias, hiddenBias, steps)
    }

    private mutating func recur(
        _ cell: Scan.Cell, _ x: Node, _ initial: Node, _ reset: Node, _ inputWeight: Node, _ hiddenWeight: Node,
        _ inputBias: Node, _ hiddenBias: Node, _ steps: Int
    ) -> Node {
        demand(hiddenWeight.shape.dims.count == 2 && steps > 0, "a hidden weight [gates·H, H] is needed, got \(hiddenWeight.shape)")
        let recurrence = Recurrence(cell: cell, steps: steps, hidden: hiddenWeight.shape.dims[1])
        let outer = linear(x, weight: inputWeight, bias: inputBias)
        let trace = apply(recurrence, outer, initial, reset, hiddenWeight, hiddenBias)
        return slice(trace, features: 0..<(recurrence.scan.states * recurrence.scan.hidden))
    }
}
