import StarlingActing
import StarlingCompute
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingTraining
import StarlingTransport
import Testing

/// A protocol of a textbook, by the learner and the actor of every run: one environment, and an update for each of its unrolls before it
/// makes the next.
///
/// The encoder stays what it is made here, z = c at the state's place, so that Q and V are tables: one step of gradient descent with the
/// rate α / (c² + 1) moves an entry by α of its error, but for a part of 1 / (c² + 1) that goes to the bias of all states.
final class TabularRun {
    /// c.
    static let scale: Float = 32

    let learner: Learner
    let task: TabularTask
    private let actor: RolloutActor
    private let block: UnrollBlock
    /// In the order in which they ended.
    private(set) var episodes: [UnrollHeader.Episode] = []

    /// - Parameters:
    ///   - recipe: keys beside those of the table, as in a recipe's file.
    ///   - rate: α.
    ///   - rows: whose mean a step follows; it is multiplied with α.
    init(_ task: TabularTask, rate: Float, rows: Int = 1, seed: UInt64, recipe: String) throws {
        self.task = task
        let environments = EnvironmentRegistry([.init("task") { task }])
        var settings = RunSettings()
        try settings.apply(RunFile(text: recipe, name: "recipe"))
        (settings.environment, settings.seed) = ("task", seed)
        (settings.model.encoder, settings.model.value, settings.model.latentCount) = ([], [], task.process.stateCount)
        (settings.model.observationScale, settings.latent.representation, settings.latent.frozen) = ([1], .none, ["encoder"])
        (settings.optimizer.rule, settings.optimizer.decay, settings.optimizer.clipNorm) = (.sgd, 0, 1e9)
        settings.optimizer.learningRate = rate * Float(rows) / (Self.scale * Self.scale + 1)
        let environment = try environments.entry(named: "task").spec
        try settings.check(environment: environment)
        learner = try Learner(settings, environment: environment, generation: 1, compute: .cpu())
        actor = try RolloutActor(
            Assignment(
                run: "test", environment: environment, model: settings.modelSpec, acting: settings.actingSpec, ordinal: 0, runSeed: seed,
                incarnation: 0, environmentsPerActor: settings.acting.environmentsPerActor), environments: environments)
        block = UnrollBlock(byteCount: learner.layout.byteCount)
        fillTables()
    }

    private func fillTables() {
        let (layout, states) = (learner.parameterLayout, task.process.stateCount)
        learner.trainer.parameters.withUnsafeMutableBufferPointer { values in
            for slot in layout.slots { for index in 0..<slot.count { values[slot.offset + index] = 0 } }
            let mean = layout.slot(named: "encoder.mean.weight")!
            for state in 0..<states { values[mean.offset + state * states + state] = Self.scale }
        }
        learner.trainer.copyTarget()
    }

    /// An unroll of each group of environments, and an update.
    func turn() throws {
        #expect(actor.adopt(learner.makeSnapshot()))
        try actor.rollOut(groups: 1, makeBlock: { _ in block }) { unrolls in
            for unroll in unrolls {
                episodes += unroll.header.episodes
                let identity = ActorIdentity(ordinal: 0, instance: "actor", incarnation: 0)
                _ = learner.accept(ReceivedUnroll(actor: identity, header: unroll.header, block: unroll.block, ticket: 0))
            }
        }
        _ = try learner.step()
    }

    /// Q of the state, `[A]`, or its logits.
    func actionValues(_ state: Int) -> [Float] { table("policy.logits", state) }

    /// V of the state.
    func value(_ state: Int) -> Float { table("value.output", state)[0] }

    private func table(_ head: String, _ state: Int) -> [Float] {
        let (layout, states) = (learner.parameterLayout, task.process.stateCount)
        let (weight, bias) = (layout.slot(named: head + ".weight")!, layout.slot(named: head + ".bias")!)
        return learner.trainer.parameters.withUnsafeBufferPointer { values in
            (0..<bias.count).map { values[weight.offset + $0 * states + state] * Self.scale + values[bias.offset + $0] }
        }
    }

    /// Steps and return of the greedy way through a task where nothing is left to chance; nil when it goes in a circle.
    func greedyWay() -> (steps: Int, sum: Double)? {
        var state = task.process.start.firstIndex(of: 1)!
        var sum = 0.0
        for steps in 1...task.process.stateCount {
            let values = actionValues(state)
            let action = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
            let outcome = task.process.outcomes(state, action).first!
            sum += outcome.reward
            if outcome.terminates { return (steps, sum) }
            state = outcome.next
        }
        return nil
    }
}
