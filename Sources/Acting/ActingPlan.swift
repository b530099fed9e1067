package import StarlingCompute
package import StarlingExperience
package import StarlingLatentPolicy

/// The acting part of a latent policy, ready to run: observations of up to `maximumRows` environments in, logits out, planned where
/// actors plan.
package final class ActingPlan {
    /// The version whose parameters are in the bank; nil before the first.
    package private(set) var version: ParameterVersion?
    package private(set) var digest: UInt64 = 0
    package private(set) var tag: UInt64 = 0
    /// What the acting rule goes by with that version.
    package private(set) var scalars = ActingScalars()
    package let maximumRows: Int

    let ports: ActingGraph
    let plan: Plan
    /// Where inputs and logits lie, for steps that should look nothing up.
    let buffers: ActingBuffers
    private let parameters: ParameterBank
    private let planner: Planner?

    package init(
        _ policy: LatentPolicy, latentMode: ActingSpec.LatentMode, layoutMode: ActingSpec.LatentMode, planning: PlanningSpec?,
        maximumRows: Int, compute: ComputeContext
    ) throws(ComputeError) {
        let ports = ActingGraph(policy, latentMode: latentMode, layoutMode: layoutMode, plans: planning != nil)
        let plan = try Plan(ports.graph, rows: [.acting: maximumRows], compute)
        if let planning, let root = ports.root {
            func place(_ port: Port<Float>) -> UnsafePointer<Float> { plan.read(port) { $0.baseAddress! } }
            planner = try Planner(
                planning, policy, layoutMode: layoutMode, rows: maximumRows,
                PlanRoot(states: place(root.state), values: place(root.value), logits: place(ports.logits)), compute: compute)
        } else {
            planner = nil
        }
        (self.ports, self.plan) = (ports, plan)
        buffers = ActingBuffers(plan, ports, improved: planner?.improved)
        parameters = ParameterBank(ports.graph.layout)
        self.maximumRows = maximumRows
    }

    package var parameterByteCount: Int { ports.graph.layout.count * MemoryLayout<Float>.size }

    /// Takes a version's parameters, all of them or none.
    /// - Returns: false when the block has not the size of the model.
    package func adopt(_ snapshot: ParameterSnapshot) -> Bool {
        guard snapshot.bytes.count == parameterByteCount else { return false }
        snapshot.bytes.withUnsafeBytes { parameters.copy(from: $0) }
        version = snapshot.version
        digest = snapshot.digest
        tag = snapshot.tag
        scalars = snapshot.scalars
        return true
    }

    /// Computes the logits `[rows, A]` of the first `rows` observations.
    func run(rows: Int) {
        plan.run(.forward, with: parameters, rows: rows)
        planner?.run(rows: rows, with: parameters)
    }
}
