import Glibc
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLearning
import StarlingTraining
import Testing

/// π and V that a learner has for every state of a tabular task.
struct PolicyTable {
    /// π(a|s), `[S, A]`.
    let policy: [[Double]]
    /// V(s), in units of the rewards that were trained on.
    let values: [Double]

    init(_ learner: Learner, _ task: TabularTask) throws {
        let spec = EnvironmentSpec(
            name: learner.settings.environment, observation: ObservationSpec(shape: task.observationShape, scalar: .uint8),
            action: task.action)
        let model = LatentPolicy(model: learner.settings.modelSpec, environment: spec)
        var g = model.makeGraph()
        let (port, x) = model.observation(&g, .unroll)
        let z = model.mean(&g, x)
        let (logits, value) = (g.output("logits", model.logits(&g, z)), g.output("value", model.value(&g, z)))
        let states = task.process.stateCount
        let plan = try Plan(g, rows: [.unroll: states], .cpu())
        guard case .uint8(let input) = port else { preconditionFailure("a state is told by bytes") }
        plan.write(input) { row in
            for place in row.indices { row[place] = place % states == place / states ? 1 : 0 }
        }
        // An algorithm's own parameters lie behind the model's.
        let bank = ParameterBank(g.layout)
        learner.trainer.parameters.withUnsafeBufferPointer { all in
            bank.copy(from: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[..<g.layout.count])))
        }
        plan.run(.forward, with: bank)
        policy = plan.read(logits) { logits in
            (0..<states).map { state in
                let row = logits[(state * task.process.actionCount)..<((state + 1) * task.process.actionCount)]
                let weights = row.map { exp(Double($0 - row.max()!)) }
                return weights.map { $0 / weights.reduce(0, +) }
            }
        }
        values = plan.read(value) { $0.prefix(states).map(Double.init) }
    }

    /// The likeliest action of each state.
    var greedyPolicy: [[Double]] {
        policy.map { row in
            let best = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
            return row.indices.map { $0 == best ? 1 : 0 }
        }
    }
}
