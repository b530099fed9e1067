private import CStarlingKernels
package import StarlingCompute
private import StarlingThreads

/// A joint training step: forward, backward, Adam.
package final class TrainingStep {
    private let model: ReferenceModel
    private let team: WorkerTeam?
    private let plan: Plan
    private let bank: ParameterBank
    private let first: ParameterBank
    private let second: ParameterBank

    package init(_ kind: ReferenceModel.Kind, rows: Int, threads: Int, tuning: Tuning = .timed) throws(ComputeError) {
        model = ReferenceModel(kind, isTraining: true)
        team = threads > 1 ? WorkerTeam(count: threads, name: "bench") : nil
        plan = try Plan(model.graph, rows: [.unroll: rows], team: team, tuning: tuning)
        model.fill(plan)
        bank = ParameterBank(plan.layout, seed: 1)
        first = ParameterBank(plan.layout)
        second = ParameterBank(plan.layout)
    }

    package func run() {
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        plan.gradients { gradients in
            let norm = starling_sum_of_squares(gradients.baseAddress!, gradients.count)
            precondition(norm.isFinite, "the reference model \(model.kind.rawValue) diverged")
            bank.step(
                AdamStep(rate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 1, correction2: 1, scale: 1),
                gradients: gradients, first: first, second: second, team: team)
        }
    }

    package var loss: Float { plan.read(model.loss!) { $0[0] } }
    package var choices: [KernelChoice] { plan.choices }
    /// The tuning given, with what was timed for this step.
    var tuning: Tuning { plan.tuning }
    /// Multiplications and additions of the products of one step.
    package var operations: Int { plan.choices.reduce(0) { $0 + $1.operations } }
}

/// The policy of some observations.
package final class ActingStep {
    private let plan: Plan
    private let bank: ParameterBank

    package init(_ kind: ReferenceModel.Kind, rows: Int) throws(ComputeError) {
        let model = ReferenceModel(kind, isTraining: false)
        plan = try Plan(model.graph, rows: [.acting: rows])
        model.fill(plan)
        bank = ParameterBank(plan.layout, seed: 1)
    }

    package func run() { plan.run(.forward, with: bank) }
}
