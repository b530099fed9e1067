import Glibc
import StarlingEnvironments
import StarlingExperience

/// What one training is of: everything in it that is drawn follows from a number, so that the same number is the same training.
package struct TrainingInstance: Hashable, Sendable {
    /// Instances to train on and to be judged by have no number in common: of five one is to judge.
    package enum Part: String, CaseIterable, Sendable { case train, test }

    /// Which autoencoders there are.
    package enum Architecture: String, CaseIterable, Sendable {
        /// Widths, latents and batches of all sizes.
        case mixed
        /// 64, 8 and 64 alone.
        case reference
    }

    /// Of the initial parameters, the batches and the noise.
    package let seed: UInt64
    /// Of the hidden layer of encoder and decoder, each.
    package let width: Int
    /// `Z`.
    package let latentCount: Int
    /// Rows of a batch.
    package let batch: Int
    /// The learning rate that the training begins with.
    package let rate: Float

    private static let widths = [32, 64, 128]
    private static let latentCounts = [4, 8, 16]
    static let batches = [16, 64, 256]
    /// log₁₀ of the rates that there are, evenly.
    package static let rateExponents = (-4.0, -1.0)
    private static let testEvery: UInt64 = 5

    package init(seed: UInt64, width: Int, latentCount: Int, batch: Int, rate: Float) {
        (self.seed, self.width, self.latentCount, self.batch, self.rate) = (seed, width, latentCount, batch, rate)
    }

    /// The instance of an episode.
    package init(episode: UInt64, _ part: Part, _ architecture: Architecture) {
        let place = Seed.finalize(episode) % (1 << 40)
        let number =
            switch part {
            case .test: place * Self.testEvery + Self.testEvery - 1
            case .train: place / (Self.testEvery - 1) * Self.testEvery + place % (Self.testEvery - 1)
            }
        self.init(number: number, architecture)
    }

    private init(number: UInt64, _ architecture: Architecture) {
        var random = SeededGenerator(seed: Seed.mix(number, 0))
        let rate = pow(10, random.uniform(Self.rateExponents.0, Self.rateExponents.1))
        let sizes = (Self.widths[random.below(3)], Self.latentCounts[random.below(3)], Self.batches[random.below(3)])
        let (width, latentCount, batch) = architecture == .reference ? (64, 8, 64) : sizes
        self.init(seed: random.next(), width: width, latentCount: latentCount, batch: batch, rate: Float(rate))
    }
}
