import StarlingEnvironments
import StarlingSafetensors
import Testing

/// The acts of the recipes `music`, small: tunes by likelihood, then by the rules beside what that left.
@Suite struct MusicTests {
    /// Tunes that walk through C major and leap up a fifth now and then, wherever they go from there: what likelihood learns, and the
    /// rules want otherwise.
    private static func tunes(_ count: Int, seed: UInt64) -> [Int32] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).flatMap { _ in
            var degree = 3 + random.below(4)
            return (0..<16).flatMap { _ in
                let token = Int32(14 + [0, 2, 4, 5, 7, 9, 11][degree % 7] + 12 * (degree / 7))
                let step = random.below(6) == 0 ? 4 : random.below(3) - 1
                degree = degree + step > 12 ? degree - 4 : max(0, degree + step)
                return [token, 1, 1, 1]
            }
        }
    }

    private func play(_ algorithm: String, _ keys: String, batches: Int) throws -> SequenceRun {
        let parts = [("train", 500), ("test", 64)].map {
            NamedArray("\($0.0).tokens", shape: [$0.1, 64], Self.tunes($0.1, seed: UInt64($0.1)))
        }
        return try SequenceRun(batches: batches, data: parts) { path in
            """
            environment: Melody
            algorithm: \(algorithm)
            model: {embedding: 4, encoder: [48], policy: [], value: [32], latent: 16, activation: relu, core: gru, core_width: 24}
            latent: {representation: none}
            acting: {unroll_length: 64, environments_per_unroll: 16, environments_per_actor: 16}
            batch: {columns: 16}
            optimizer: {learning_rate: 0.005, horizon: 120000, final_share: 0.2, clip_norm: 5}
            \(algorithm): {data: "\(path)", likelihood_frames: 40960, likelihood_updates_per_frame: 0.008, likelihood_columns: 16, \(keys)}
            """
        }
    }

    private func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

    /// What the rules give more of a tune at the end than of one by likelihood: PPO learns it faster than Ψ-learning, step by step.
    @Test(
        arguments: [
            ("generator", "epochs: 3, minibatch_rows: 256, task: 1, kl: 1, adversary: 0", 5),
            ("psi", "discount: 0.95, huber: 1000, epochs: 3, minibatch_rows: 256", 1),
        ] as [(String, String, Double)])
    func rulesAreLearnedBesideThePrior(algorithm: String, keys: String, gain: Double) throws {
        let played = try play(algorithm, keys, batches: 110)
        // 38 tokens are 3.64 nats; of the tunes every fourth is a note, which is one of three five times of six.
        #expect(played.heldOut[39] < 0.5 && played.accuracies[39] > 0.15, "\(played.heldOut[39]), \(played.accuracies[39])")
        let (before, after) = (mean(played.returns[35..<41]), mean(played.returns[104...]))
        #expect(after > before + gain, "\(before), \(after)")
        // Still tunes that the prior finds likely.
        let prior = mean(played.priors[104...])
        #expect(prior > -played.heldOut[39] - 0.3, "\(prior), \(played.heldOut[39])")
    }
}
