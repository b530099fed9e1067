import StarlingEnvironments
import StarlingSafetensors
import Testing

/// The acts of the recipes `text`, small: a language of 40 words, 8 to a sequence.
@Suite struct TextTests {
    private static let oracle = TextOracle(vocabulary: 40, width: 8, seed: 1)

    private func play(_ rewards: String, seed: UInt64) throws -> SequenceRun {
        let parts = [("train", 2000), ("test", 256)].map { part, count in
            var random = SeededGenerator(seed: UInt64(count))
            return NamedArray("\(part).tokens", shape: [count, 8], (0..<count).flatMap { _ in Self.oracle.sample(8, &random).words })
        }
        let toy = EnvironmentRegistry([.init("toy") { OracleText(vocabulary: 40, length: 8) { Self.oracle } }])
        return try SequenceRun(batches: 260, data: parts, environments: toy, seed: seed) { path in
            """
            environment: toy
            algorithm: generator
            model: {encoder: [], policy: [], value: [32], embedding: 16, latent: 16, core: gru, core_width: 16}
            latent: {representation: none}
            acting: {unroll_length: 8, environments_per_unroll: 16, environments_per_actor: 16}
            batch: {columns: 16}
            optimizer: {learning_rate: 0.02, horizon: 12800, final_share: 0.1, clip_norm: 5}
            generator: {data: "\(path)", likelihood_frames: 12800, likelihood_updates_per_frame: 0.05, discriminator_frames: 3840, \
            discriminator_updates_per_frame: 0.01, discriminator_width: 16, \(rewards)}
            """
        }
    }

    /// Nats a word, by the oracle, of what is written in the 30 batches before rewards begin, and in the last 30.
    private func fall(_ run: SequenceRun) -> (before: Double, after: Double) {
        (-run.returns[100..<130].reduce(0, +) / 30, -run.returns[230..<260].reduce(0, +) / 30)
    }

    /// SeqGAN's NLL falls by 3.3 % of what likelihood leaves (9.038 to 8.736, Yu et al. 2017, table 1); here by that much at least. What the
    /// environment gives has no weight.
    @Test(arguments: [UInt64(1), 2]) func rewardsImproveTheLanguage(seed: UInt64) throws {
        let run = try play("adversary: 1, prior: 0.1", seed: seed)
        // 40 words are 3.69 nats, and the language has 2.84.
        #expect(run.heldOut[99] < 3.1, "\(run.heldOut[99])")
        let (before, after) = fall(run)
        #expect(after < before * (1 - 0.033), "\(before) to \(after)")
    }

    /// A policy that may not leave the prior stays where likelihood ended.
    @Test func aHighPriceOfDivergenceHoldsIt() throws {
        let (before, after) = fall(try play("adversary: 0, prior: 0, kl: 10", seed: 1))
        #expect(abs(after - before) < 0.033 * before, "\(before) to \(after)")
    }
}
