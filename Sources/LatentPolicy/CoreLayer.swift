import StarlingCompute
import StarlingExperience

/// The recurrent core by name: `core.weight_ih_l0` `[gates·H, Z]`, `core.weight_hh_l0` `[gates·H, H]`, `core.bias_ih_l0`
/// and `core.bias_hh_l0` `[gates·H]`, as PyTorch's `GRU` and `LSTM` call and order them.
struct CoreLayer: Hashable, Sendable {
    enum Cell { case gru, lstm }

    let cell: Cell
    let inputCount: Int
    /// Units `H`.
    let width: Int

    /// nil when the model has no core.
    init?(_ core: ModelSpec.Core, inputCount: Int) {
        switch core {
        case .none: return nil
        case .gru(let width): (cell, self.width) = (.gru, width)
        case .lstm(let width): (cell, self.width) = (.lstm, width)
        }
        self.inputCount = inputCount
    }

    /// Declares the parameters, or finds them when they have been declared. They begin uniform in ±1/√H, as PyTorch's.
    func parameters(_ g: inout Graph) -> (inputWeight: Node, hiddenWeight: Node, inputBias: Node, hiddenBias: Node) {
        let gates = (cell == .gru ? 3 : 4) * width
        let initial = Initializer.uniform(bound: 1 / Float(width).squareRoot())
        return (
            g.parameter("core.weight_ih_l0", [gates, inputCount], initial),
            g.parameter("core.weight_hh_l0", [gates, width], initial), g.parameter("core.bias_ih_l0", [gates], initial),
            g.parameter("core.bias_hh_l0", [gates], initial)
        )
    }

    /// States after each row, `[rows, S]`, of which the first `H` features are the output.
    /// - Parameters:
    ///   - initial: states before the first step, `[sequences, S]`.
    ///   - reset: `[rows]`; 1 where the state is zeroed before the row.
    ///   - steps: rows of a sequence; they are time-major.
    func callAsFunction(_ g: inout Graph, _ x: Node, initial: Node, reset: Node, steps: Int) -> Node {
        let p = parameters(&g)
        return switch cell {
        case .gru:
            g.gru(
                x, initial: initial, reset: reset, inputWeight: p.inputWeight, hiddenWeight: p.hiddenWeight,
                inputBias: p.inputBias, hiddenBias: p.hiddenBias, steps: steps)
        case .lstm:
            g.lstm(
                x, initial: initial, reset: reset, inputWeight: p.inputWeight, hiddenWeight: p.hiddenWeight,
                inputBias: p.inputBias, hiddenBias: p.hiddenBias, steps: steps)
        }
    }
}
