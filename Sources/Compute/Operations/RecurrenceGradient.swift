import Glibc

/// The derivative of a recurrent layer, from the last step to the first, as a trace: by the sums inside the gates (GRU: and by
/// the new state's hidden part), by the states before each row, and the hidden state as each row saw it. Not itself
/// differentiable.
struct RecurrenceGradient: Operation {
    let scan: Scan

    init(of scan: Scan) { self.scan = Scan(cell: scan.cell, part: .gradient, steps: scan.steps, hidden: scan.hidden) }

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims == [scan.traceWidth] && inputs[4] == Shape(rows: inputs[0].rows, dims: [scan.states * scan.hidden]),
            "a trace and the derivative by states are needed, got \(inputs)")
        return Shape(rows: inputs[0].rows, dims: [scan.gradientWidth])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        fatalError("a recurrent layer is differentiated once")
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let (trace, initial, reset, weight, upstream) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
        let h = scan.hidden
        let columns = initial.rowCount
        let states = 4 * h
        for row in (0..<trace.rowCount).reversed() {
            func before(_ j: Int) -> Double {
                (1 - reset.values[row]) * (row < columns ? initial[row, j] : trace[row - columns, j])
            }
            func arriving(_ j: Int) -> Double {
                upstream[row, j] + (row + columns < trace.rowCount ? output[row + columns, states + j] : 0)
            }
            var bySums = [Double](repeating: 0, count: scan.gates * h)
            var direct = [Double](repeating: 0, count: 2 * h)
            for j in 0..<h {
                func traced(_ part: Int) -> Double { trace[row, part * h + j] }
                switch scan.cell {
                case .gru:
                    let (r, z, n, inner) = (traced(1), traced(2), traced(3), traced(4))
                    let d = arriving(j)
                    let byNew = d * (1 - z) * (1 - n * n)
                    let byR = byNew * inner * r * (1 - r)
                    let byZ = d * (before(j) - n) * z * (1 - z)
                    for (part, value) in [byR, byZ, byNew, byNew * r].enumerated() { output[row, part * h + j] = value }
                    (bySums[j], bySums[h + j], bySums[2 * h + j], direct[j]) = (byR, byZ, byNew * r, d * z)
                    output[row, 5 * h + j] = before(j)
                case .lstm:
                    let (i, f, g, o) = (traced(2), traced(3), traced(4), traced(5))
                    let bent = tanh(traced(1))
                    let byCell = arriving(h + j) + arriving(j) * o * (1 - bent * bent)
                    let gates = [
                        byCell * g * i * (1 - i), byCell * before(h + j) * f * (1 - f), byCell * i * (1 - g * g),
                        arriving(j) * bent * o * (1 - o),
                    ]
                    for (part, value) in gates.enumerated() {
                        output[row, part * h + j] = value
                        bySums[part * h + j] = value
                    }
                    direct[h + j] = byCell * f
                    output[row, 6 * h + j] = before(j)
                }
            }
            for j in 0..<h {
                let through = bySums.indices.reduce(0) { $0 + bySums[$1] * weight.values[$1 * h + j] }
                output[row, states + j] = (1 - reset.values[row]) * (direct[j] + through)
                if scan.cell == .lstm { output[row, states + h + j] = (1 - reset.values[row]) * direct[h + j] }
            }
        }
    }

    var kernel: Kernel { .scan(scan) }
}

/// The rows of the first step: `[T·B, D], [B, …] → [B, D]`. The second input only says what B is.
struct FirstRows: Operation {
    let steps: Int

    func shape(_ inputs: [Shape]) -> Shape { Shape(rows: inputs[1].rows, dims: inputs[0].dims) }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        fatalError("a recurrent layer is differentiated once")
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        output.values = Array(inputs[0].values.prefix(output.values.count))
    }

    var kernel: Kernel { .scan(Scan(cell: .gru, part: .firstRows, steps: steps, hidden: 1)) }
}
