import Foundation
import StarlingActing
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingSafetensors
import StarlingTransport

/// Learning to write, in this thread: 16 environments, and an update for each of their unrolls, which are one sequence long. What was told
/// of each.
struct SequenceRun {
    private(set) var heldOut: [Double] = []
    private(set) var accuracies: [Double] = []
    /// Mean over the 16.
    private(set) var returns: [Double] = []
    private(set) var priors: [Double] = []

    /// - Parameters:
    ///   - data: what the file has that the recipe reads.
    ///   - recipe: from the file's path.
    init(
        batches: Int, data: [NamedArray], environments: EnvironmentRegistry = .builtIn, seed: UInt64 = 1, _ recipe: (String) -> String
    ) throws {
        let path = NSTemporaryDirectory() + "starling-sequences-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(SafetensorsFile(data).encoded()).write(to: URL(filePath: path))
        var settings = RunSettings()
        try settings.apply(RunFile(text: recipe(path), name: "recipe"))
        settings.seed = seed
        let environment = try environments.entry(named: settings.environment).spec
        try settings.check(environment: environment)
        let learner = try Learner(settings, environment: environment, generation: 1, compute: .cpu())
        let actor = try RolloutActor(
            Assignment(
                run: "test", environment: environment, model: settings.modelSpec, acting: settings.actingSpec, ordinal: 0, runSeed: seed,
                incarnation: 0, environmentsPerActor: 16), environments: environments)
        let block = UnrollBlock(byteCount: learner.layout.byteCount)
        for _ in 0..<batches {
            guard actor.adopt(learner.makeSnapshot()) else { throw Refused() }
            try actor.rollOut(groups: 1, makeBlock: { _ in block }) { unrolls in
                for unroll in unrolls {
                    let returns = unroll.header.episodes.map { Double($0.episodeReturn) }
                    self.returns.append(returns.reduce(0, +) / Double(returns.count))
                    let identity = ActorIdentity(ordinal: 0, instance: "actor", incarnation: 0)
                    _ = learner.accept(ReceivedUnroll(actor: identity, header: unroll.header, block: unroll.block, ticket: 0))
                }
            }
            let metrics = try learner.step().metrics
            heldOut.append(metrics[.heldOutNegativeLogLikelihood])
            accuracies.append(metrics[.heldOutRareAccuracy])
            priors.append(metrics[.priorLogProbability])
        }
    }

    /// The actor doesn't take the learner's parameters.
    private struct Refused: Error {}
}
