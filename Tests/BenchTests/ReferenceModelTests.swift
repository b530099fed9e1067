import StarlingBench
import StarlingCompute
import StarlingLatentPolicy
import Testing

/// The work of a step, against numbers worked out by hand from the layers' sizes.
@Suite struct ReferenceModelTests {
    /// Multiplications of one row: forward, and of the first layer, whose input needs no derivative.
    struct Work: Sendable {
        let model: ReferenceModel
        /// Multiplications of one row, layer by layer; the input of the first needs no derivative.
        let layers: [Int]
    }

    static let byHand = [
        // 4-64-64, mean and log-variance 8, policy 2, value 1, 8-64-64-4.
        Work(model: .mlp, layers: [4 * 64, 64 * 64, 64 * 8, 64 * 8, 8 * 2, 8, 8 * 64, 64 * 64, 64 * 4]),
        // 10×10×4 → 8×8×16, 1024-128, 32 latents, 6 actions; 32-128-1024, 8×8×16 → 10×10×4.
        Work(
            model: .minatar,
            layers: [64 * 16 * 36, 1024 * 128, 128 * 32, 128 * 32, 32 * 6, 32, 32 * 128, 128 * 1024, 64 * 16 * 36]),
        // 84×84×4 → 20×20×32 → 9×9×64 → 7×7×64, 3136-512, 32 latents, 6 actions, and the mirror.
        Work(
            model: .nature,
            layers: [
                400 * 32 * 256, 81 * 64 * 512, 49 * 64 * 576, 3136 * 512, 512 * 32, 512 * 32, 32 * 6, 32, 32 * 512, 512 * 3136,
                49 * 64 * 576, 81 * 64 * 512, 400 * 32 * 256,
            ]),
        // 64×64×3 → 31 → 14 → 6 → 2, 1024-32, 3 actions; 32-1024, 1 → 5 → 13 → 30 → 64.
        Work(
            model: .worldModels,
            layers: [
                961 * 32 * 48, 196 * 64 * 512, 36 * 128 * 1024, 4 * 256 * 2048, 1024 * 32, 1024 * 32, 32 * 3, 32, 32 * 1024,
                1024 * 3200, 25 * 128 * 1600, 169 * 64 * 1152, 900 * 32 * 108,
            ]),
    ]

    @Test(arguments: byHand) func theWorkOfAStepIsTheLayersWork(_ work: Work) throws {
        let step = try TrainingStep(work.model, rows: 3, threads: 1, tuning: .fixed)
        // Forward, by the weights and by the inputs; a multiplication and an addition each.
        let expected = 2 * 3 * (3 * work.layers.reduce(0, +) - work.layers[0])
        #expect(step.operations == expected)
    }

    @Test func theWorldModelsStepIsWhatItIsKnownToBe() throws {
        let step = try TrainingStep(.worldModels, rows: 64, threads: 1, tuning: .fixed)
        let gflop = 1e-9 * Double(step.operations)
        #expect(abs(gflop - 14.7) < 0.05)
        let parameters = ReferenceModel.worldModels.latentPolicy.layout.slots.map(\.count).reduce(0, +)
        // The published autoencoder, a policy of three actions and a value.
        #expect(parameters == 4_348_547 + 32 * 3 + 3 + 32 + 1)
    }
}
