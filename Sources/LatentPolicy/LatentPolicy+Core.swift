public import StarlingCompute
import StarlingExperience

/// Input ports of a recurrent core.
public struct CorePorts: Sendable {
    /// States before the first row, `[sequences, S]`.
    public let initial: Port<Float>
    /// 1 where an episode begins and the state is zeroed before the row, `[rows]`.
    public let reset: Port<Float>

    /// - Parameters:
    ///   - rows: steps · sequences of them, time-major.
    ///   - sequences: as many as states begin; the rows themselves where there is one step.
    init(_ g: inout Graph, stateCount: Int, _ rows: Rows, sequences: Rows) {
        initial = g.input("core.state.\(rows.name)", .perRow(sequences, stateCount), Float.self)
        reset = g.input("core.reset.\(rows.name)", .perRow(rows), Float.self)
    }
}

/// A recurrent core in a graph: its ports, the states after each row, and the output that the heads see.
public struct Memory: Sendable {
    /// Where states go in, and where they begin anew.
    public let ports: CorePorts
    /// After each row.
    public let states: Node  // [rows, S]
    /// What the heads see beside z.
    public let output: Node  // [rows, H]
}

extension LatentPolicy {
    /// Runs the core over z; nil where the model has none.
    /// - Parameters:
    ///   - z: `[rows, Z]`, time-major: row t·sequences + b.
    ///   - steps: rows of a sequence. Acting takes one step at a time.
    public func recurrentCore(
        _ g: inout Graph, _ z: Node, _ rows: Rows, sequences: Rows, steps: Int
    ) -> Memory? {
        guard architecture.core != nil else { return nil }
        return recurrentCore(&g, z, CorePorts(&g, stateCount: model.core.stateCount, rows, sequences: sequences), steps: steps)
    }

    /// The same over other z, or with other parameters, of the same sequences.
    public func recurrentCore(_ g: inout Graph, _ z: Node, _ ports: CorePorts, steps: Int) -> Memory? {
        guard let layer = architecture.core?.layers[0] else { return nil }
        let states = layer.states(&g, z, initial: ports.initial.node, reset: ports.reset.node, steps: steps)
        return Memory(ports: ports, states: states, output: g.slice(states, features: 0..<model.core.width))
    }

    /// Numbers of a state, Z + S: z, and what the core remembers behind it.
    public var stateCount: Int { model.latentCount + model.core.stateCount }

    /// A state: z, and the core's states after it. `[rows, Z]`, `[rows, S]` → `[rows, Z + S]`.
    public func state(_ g: inout Graph, _ z: Node, _ memory: Memory?) -> Node { features(&g, z, memory?.states) }

    /// The state that z makes of the one before, within an episode. `[rows, Z]`, `[rows, Z + S]` → `[rows, Z + S]`.
    public func state(_ g: inout Graph, _ z: Node, after state: Node) -> Node {
        guard let layer = architecture.core?.layers[0], let rows = z.shape.rows else { return z }
        let before = g.slice(state, features: model.latentCount..<stateCount)
        return g.concatenate([z, layer.states(&g, z, initial: before, reset: g.constant(0, .perRow(rows)), steps: 1)])
    }

    /// z of a state.
    public func latent(_ g: inout Graph, ofState state: Node) -> Node {
        model.core == .none ? state : g.slice(state, features: 0..<model.latentCount)
    }

    /// What a head sees of a state, `[rows, Z + S]` → `[rows, Z + H]`.
    public func features(_ g: inout Graph, ofState state: Node) -> Node {
        let count = model.latentCount + model.core.width
        return count == stateCount ? state : g.slice(state, features: 0..<count)
    }

    /// What a head sees: z, and the core's output beside it. `[rows, Z]`, `[rows, H]` → `[rows, Z + H]`.
    public func features(_ g: inout Graph, _ z: Node, _ output: Node?) -> Node {
        output.map { g.concatenate([z, $0]) } ?? z
    }
}
