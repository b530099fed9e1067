package import Foundation

/// What people look at of a latent policy: what it sees and what it thinks it saw, what each latent means, where states lie and what they
/// are worth. A value for pages: `Codable`, pictures and rounded numbers, no weights. `LatentViewer` makes it; the live page shows it while a
/// run goes on, `starling show --html` when it is over.
package struct LatentView: Codable, Sendable, Equatable {
    /// One part of an observation, as it is shown.
    package enum Look: Codable, Sendable, Equatable {
        /// Rows from above, of each pixel 1 grey or 3 colours, 0 to 255, in JSON as base64: of a stack of frames the newest.
        case picture(width: Int, height: Int, colours: Int, pixels: Data)
        /// As the encoder sees them: scaled, normalised. Of a stack of frames the newest.
        case numbers(values: [Float])
    }

    /// An observation, part by part.
    package typealias Sight = [Look]

    /// What was seen, and what the decoder makes of it.
    package struct Pair: Codable, Sendable, Equatable {
        package let seen: Sight
        /// nil without a decoder.
        package let decoded: Sight?
    }

    /// One latent, or one categorical variable of them.
    package struct Latent: Codable, Sendable, Equatable {
        package let index: Int
        /// KL(q(z|o) ‖ p(z)) in nats, and how much of it is information, how much misfit; nil where the latent is deterministic.
        package let divergence: Double?
        package let information: Double?
        package let misfit: Double?
        /// Mean and deviation of μ over what was seen; of a categorical variable those of its first class.
        package let mean: Float
        package let deviation: Float
        /// How often another value of it, two deviations up or down, of categorical ones the next class, makes the greedy action another; of
        /// continuous actions how far it moves the mean, on the unit scale.
        package let flips: Double
    }

    /// One latent through its range, the others as of one observation.
    package struct Traversal: Codable, Sendable, Equatable {
        package let latent: Int
        /// Of the latent, or numbers of classes.
        package let values: [Float]
        /// nil without a decoder.
        package let decoded: [Sight]?
        /// What the policy makes of each: probabilities, action values, or means on the unit scale.
        package let policy: [[Float]]
    }

    /// A state in the plane of the two directions in which μ varies most.
    package struct Point: Codable, Sendable, Equatable {
        package let x: Float
        package let y: Float
        /// V, or of action values the largest; nil where V isn't trained.
        package let value: Float?
        /// Of a choice, the likeliest.
        package let action: Int?
    }

    /// Names of an observation's parts; one without a name where there is one array.
    package let parts: [String]
    /// Observations that it was made of.
    package let count: Int
    package let pairs: [Pair]
    /// Those that tell most first.
    package let latents: [Latent]
    /// Of the first latents.
    package let traversals: [Traversal]
    /// From one observation's latent to another's, in even steps; none without a decoder, nor while a run goes on.
    package let interpolations: [[Sight]]
    /// Decoded samples of p(z), likewise.
    package let priorSamples: [Sight]
    package let map: [Point]
    /// Shares of μ's variance that the map's two directions have.
    package let mapShares: [Double]
    /// What `policy` of a traversal is of: `probabilities`, `values` or `means`.
    package let policyKind: PolicyKind
    /// What can be said of the autoencoder, and what is wrong with it.
    package let sentence: String?
    package let warnings: [String]

    package enum PolicyKind: String, Codable, Sendable { case probabilities, values, means }
}
