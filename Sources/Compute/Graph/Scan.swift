/// A recurrent layer over the steps of unrolls: rows are time-major, row t·columns + b.
package struct Scan: Hashable, Sendable {
    package enum Cell: Sendable { case gru, lstm }
    package enum Part: Sendable {
        /// Inputs: x [N, gates·H], initial [B, states·H], reset [N], weight [gates·H, H], bias [gates·H].
        case forward
        /// Inputs: trace, initial, reset, weight, upstream [N, states·H].
        case gradient
        /// Rows of the first step. Inputs: x [N, D], and any value with rows B.
        case firstRows
    }

    package let cell: Cell
    package let part: Part
    package let steps: Int
    package let hidden: Int

    var gates: Int { cell == .gru ? 3 : 4 }
    /// Numbers per hidden unit that travel from step to step.
    var states: Int { cell == .gru ? 1 : 2 }
    /// Of the trace: the states, what the gradient needs.
    var traceWidth: Int { (cell == .gru ? 5 : 6) * hidden }
    /// Of the gradient: by sums inside the gates, by states before, and the hidden state before.
    var gradientWidth: Int { (cell == .gru ? 6 : 7) * hidden }
}
