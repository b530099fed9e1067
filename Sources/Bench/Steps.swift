private import CStarlingKernels
private import StarlingAlgorithms
package import StarlingCompute
private import StarlingExperience
private import StarlingLatentPolicy
private import StarlingThreads

/// The learner's joint training step without its targets, which are the host's: forward, backward, Adam.
package final class TrainingStep {
    private let model: ReferenceModel
    private let team: WorkerTeam?
    private let graph: VTraceGraph
    private let plan: Plan
    private let bank: ParameterBank
    private let first: ParameterBank
    private let second: ParameterBank

    package init(_ model: ReferenceModel, rows: Int, threads: Int, tuning: Tuning = .timed) throws(ComputeError) {
        self.model = model
        team = threads > 1 ? WorkerTeam(count: threads, name: "bench") : nil
        graph = VTraceGraph(
            model.latentPolicy, VTraceSettings(), LatentSettings(),
            acting: ActingSpec(latentMode: .mean, unrollLength: rows - 1, environmentsPerUnroll: 1))
        plan = try Plan(graph.graph, rows: [.unroll: rows, .columns: 1, .reservoir: 1], team: team, tuning: tuning)
        bank = ParameterBank(plan.layout, seed: 1)
        first = ParameterBank(plan.layout)
        second = ParameterBank(plan.layout)
        fill()
    }

    /// Reproducible inputs.
    private func fill() {
        var inputs = Inputs()
        inputs.fill(graph.latent.observation, of: plan, levels: model.levels)
        plan.write(graph.weight) { $0.update(repeating: 1 / Float($0.count)) }
        if let port = graph.latent.klWeight { plan.write(port) { $0[0] = LatentSettings().klWeight } }
        if let noise = graph.latent.noise { inputs.fill(noise, of: plan) }
        for port in [graph.advantage, graph.valueTarget] { plan.write(port) { inputs.fill($0) } }
        guard case .discrete(let action) = graph.action else { preconditionFailure("\(model) acts with numbers") }
        plan.write(action) { for index in $0.indices { $0[index] = Int32(inputs.next() % UInt32(model.actionCount)) } }
    }

    package func run() {
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        plan.gradients { gradients in
            let norm = starling_sum_of_squares(gradients.baseAddress!, gradients.count)
            precondition(norm.isFinite, "the reference model \(model.rawValue) diverged")
            bank.step(
                AdamStep(rate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 1, correction2: 1, scale: 1),
                gradients: gradients, first: first, second: second, team: team)
        }
    }

    package var loss: Float { plan.read(graph.total) { $0[0] } }
    package var choices: [KernelChoice] { plan.choices }
    /// The tuning given, with what was timed for this step.
    var tuning: Tuning { plan.tuning }
    /// Multiplications and additions of the products of one step.
    package var operations: Int { plan.choices.reduce(0) { $0 + $1.operations } }
}

/// The policy of some observations, as actors compute it.
package final class ActingStep {
    private let plan: Plan
    private let bank: ParameterBank

    package init(_ model: ReferenceModel, rows: Int) throws(ComputeError) {
        let graph = ActingGraph(model.latentPolicy, latentMode: .mean, layoutMode: .mean)
        plan = try Plan(graph.graph, rows: [.acting: rows])
        bank = ParameterBank(plan.layout, seed: 1)
        var inputs = Inputs()
        inputs.fill(graph.observation, of: plan, levels: model.levels)
    }

    package func run() { plan.run(.forward, with: bank) }
}

/// Numbers that are the same in every run (a linear congruential generator, Numerical Recipes' constants).
private struct Inputs {
    private var state: UInt32 = 1

    mutating func next() -> UInt32 {
        state = state &* 1_664_525 &+ 1_013_904_223
        return state >> 8
    }

    /// From −1 … 1.
    mutating func fill(_ numbers: UnsafeMutableBufferPointer<Float>) {
        for index in numbers.indices { numbers[index] = Float(next() % 2001) / 1000 - 1 }
    }

    /// - Parameter levels: of bytes, from 0 on.
    mutating func fill(_ port: ObservationPort, of plan: Plan, levels: UInt32) {
        switch port {
        case .float32(let port): plan.write(port) { fill($0) }
        case .uint8(let port): plan.write(port) { for index in $0.indices { $0[index] = UInt8(next() % levels) } }
        }
    }

    /// Another draw in every row.
    mutating func fill(_ noise: NoisePorts, of plan: Plan) {
        plan.write(noise.key) { $0.update(repeating: 1) }
        plan.write(noise.step) { for row in $0.indices { $0[row] = UInt64(row) } }
        plan.write(noise.environment) { $0.update(repeating: 0) }
    }
}
