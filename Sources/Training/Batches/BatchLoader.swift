import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// Copies unrolls into the inputs of a plan, each into its own columns.
struct BatchLoader {
    private let plan: Plan
    private let ports: BatchPorts
    private let columnCount: Int

    init(_ plan: Plan, _ ports: BatchPorts, columnCount: Int) {
        (self.plan, self.ports, self.columnCount) = (plan, ports, columnCount)
    }

    /// Row T has no action.
    func begin() {
        switch ports.action {
        case .discrete(let port): plan.write(port) { $0.update(repeating: 0) }
        case .multiDiscrete(let port), .continuous(let port): plan.write(port) { $0.update(repeating: 0) }
        }
    }

    /// Lends the observations of all rows, as the model's input takes them.
    func readObservations(_ body: (UnsafeRawBufferPointer) -> Void) {
        plan.writeBytes(ports.observation) { body(UnsafeRawBufferPointer($0)) }
    }

    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) {
        plan.load(unroll, into: ports.observation, column: column, of: columnCount)
        if let noise = ports.noise { plan.load(header, unroll.layout, into: noise, column, of: columnCount) }
        if let core = ports.core { plan.load(unroll, into: core, column, of: columnCount) }
        if let mask = ports.mask { plan.loadMasks(unroll, into: mask, column: column, of: columnCount) }
        plan.loadActions(unroll, into: ports.action, column: column, of: columnCount)
    }
}
