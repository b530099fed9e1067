/// What the live page shows of a latent and its autoencoder at one moment; a run that is over is looked at through `LatentView`.
package struct LatentScene: Sendable {
    /// Dimensions of an observation as the encoder sees it, scaled: `[D]`, or `[C, H, W]` of an image, C that of all frames of a stack.
    package let shape: [Int]
    /// Frames of a stack, the newest last.
    package let frameCount: Int
    /// Some observations, and the means of p(x|z = μ) beside them; nil without a decoder. `[N, D]`
    package let observations: Matrix
    package let reconstructions: Matrix?
    /// Of each latent, or of each variable of a categorical latent, in the model's order.
    package let latents: [Latent]
    /// Of the latents that tell most, these first; none without a decoder.
    package let traversals: [Traversal]
    /// μ of all observations in the plane of their two largest principal components. `[M, 2]`
    package let map: Matrix
    /// The components' shares of the variance of μ.
    package let mapShares: [Double]
    /// V(μ) of all observations; nil where there is no such value. `[M]`
    package let values: [Float]?

    /// Nats: see `PosteriorQuality`.
    package struct Latent: Sendable {
        package let divergence: Double
        package let misfit: Double
        package let information: Double
    }

    /// The means of p(x|z) along a latent, all others as the first of the observations has them.
    package struct Traversal: Sendable {
        /// Its place in `latents`.
        package let latent: Int
        /// What it is set to; of a categorical variable the class. `[K]`
        package let settings: [Float]
        /// `[K, D]`
        package let decoded: Matrix
    }
}
