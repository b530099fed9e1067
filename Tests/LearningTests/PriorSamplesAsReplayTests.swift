import Glibc
import StarlingActing
import StarlingCompute
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingTraining
import StarlingTransport
import Synchronization
import Testing

/// What a decoder makes of samples of the prior: pictures of Catch that never were, one after the other, without an end or a reward.
private struct PriorSamples: Environment {
    /// Of the learner as it is: weights and biases, hidden layer and output.
    struct Decoder: Sendable {
        var hidden: (weights: [Float], biases: [Float])
        var output: (weights: [Float], biases: [Float])
        let latentCount: Int

        init(_ learner: Learner) {
            func values(_ name: String) -> [Float] {
                let slot = learner.parameterLayout.slot(named: name)!
                return learner.trainer.parameters.withUnsafeBufferPointer { Array($0[slot.offset..<slot.offset + slot.count]) }
            }
            hidden = (values("decoder.0.weight"), values("decoder.0.bias"))
            output = (values("decoder.output.weight"), values("decoder.output.bias"))
            latentCount = hidden.weights.count / hidden.biases.count
        }

        /// The likelier value of every cell.
        func decode(_ z: [Float]) -> [UInt8] {
            func layer(_ x: [Float], _ part: (weights: [Float], biases: [Float])) -> [Float] {
                part.biases.indices.map { row in
                    part.biases[row] + x.indices.reduce(0) { $0 + part.weights[row * x.count + $1] * x[$1] }
                }
            }
            return layer(layer(z, hidden).map { max(0, $0) }, output).map { $0 > 0 ? 1 : 0 }
        }
    }

    let source: Source
    private var random = SeededGenerator(seed: 0)

    final class Source: Sendable {
        let decoder = Mutex<Decoder?>(nil)
    }

    init(_ source: Source) { self.source = source }

    var observationShape: [Int] { [1, 10, 5] }
    var action: ActionSpec { .discrete(3) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: seed)
        draw(into: &observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        draw(into: &observation)
        return StepResult(reward: 0)
    }

    private mutating func draw(into observation: inout MutableSpan<UInt8>) {
        guard let decoder = source.decoder.withLock({ $0 }) else {
            for index in 0..<50 { observation[index] = 0 }
            return
        }
        let picture = decoder.decode((0..<decoder.latentCount).map { _ in normal() })
        for index in picture.indices { observation[index] = picture[index] }
    }

    /// Box and Muller 1958.
    private mutating func normal() -> Float {
        let (first, second) = (Float(random.below(1 << 20) + 1) / Float(1 << 20), Float(random.below(1 << 20)) / Float(1 << 20))
        return (-2 * logf(first)).squareRoot() * cosf(2 * .pi * second)
    }
}

/// One of the project's sources proposes to decode samples of the VAE's prior and to train PPO on them as on replay. They have no
/// transitions and no rewards, so there is nothing in them to learn from: what dreams need is a model (`Dyna`).
@Suite struct PriorSamplesAsReplayTests {
    /// Learns Catch by PPO from real unrolls, and with as many of prior samples between them.
    /// - Returns: mean returns of all real episodes, which tells how soon it learned, and of the last.
    private func learn(withSamples: Bool, seed: UInt64) throws -> (all: Double, last: Double) {
        var settings = RunSettings()
        try settings.apply(
            RunFile(
                text: """
                    environment: Catch
                    algorithm: ppo
                    model: {encoder: [96], decoder: [96], value: [64], activation: relu, latent: 16, likelihood: bernoulli}
                    acting: {unroll_length: 9, environments_per_unroll: 16, environments_per_actor: 16}
                    latent: {lambda_vae: 8, beta: 0.2}
                    ppo: {discount: 0.99, entropy_cost: 0.02}
                    batch: {columns: \(withSamples ? 32 : 16)}
                    optimizer: {learning_rate: 0.004, horizon: 100000, clip_norm: 40}
                    """, name: "recipe"))
        settings.seed = seed
        let environment = try EnvironmentRegistry.builtIn.entry(named: "Catch").spec
        try settings.check(environment: environment)
        let learner = try Learner(settings, environment: environment, generation: 1, compute: .cpu())
        func actor(_ environments: EnvironmentRegistry) throws -> RolloutActor {
            try RolloutActor(
                Assignment(
                    run: "test", environment: environment, model: settings.modelSpec, acting: settings.actingSpec, ordinal: 0,
                    runSeed: seed, incarnation: 0, environmentsPerActor: 16), environments: environments)
        }
        let source = PriorSamples.Source()
        let real = try actor(.builtIn)
        let sampler = try actor(EnvironmentRegistry([.init("Catch") { PriorSamples(source) }]))
        let block = UnrollBlock(byteCount: learner.layout.byteCount)
        var returns: [Double] = []
        func act(_ actor: RolloutActor, _ note: (UnrollHeader.Episode) -> Void) throws {
            #expect(actor.adopt(learner.makeSnapshot()))
            try actor.rollOut(groups: 1, makeBlock: { _ in block }) { unrolls in
                for unroll in unrolls {
                    unroll.header.episodes.forEach(note)
                    let identity = ActorIdentity(ordinal: 0, instance: "actor", incarnation: 0)
                    _ = learner.accept(ReceivedUnroll(actor: identity, header: unroll.header, block: unroll.block, ticket: 0))
                }
            }
        }
        for _ in 0..<280 {
            try act(real) { returns.append(Double($0.episodeReturn)) }
            if withSamples {
                let decoder = PriorSamples.Decoder(learner)
                source.decoder.withLock { $0 = decoder }
                try act(sampler) { _ in }
            }
            _ = try learner.step()
        }
        func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
        return (mean(returns[...]), mean(returns.suffix(320)))
    }

    /// Without gain: real experience learns to catch, and no better with samples beside it.
    @Test func nothingIsGained() throws {
        let seeds: [UInt64] = [1, 2, 3]
        let real = try seeds.map { try learn(withSamples: false, seed: $0) }
        let both = try seeds.map { try learn(withSamples: true, seed: $0) }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        #expect(mean(real.map(\.last)) > 0.8, "by real experience alone \(real)")
        #expect(mean(both.map(\.all)) < mean(real.map(\.all)) + 0.05, "with prior samples \(both), without \(real)")
    }
}
