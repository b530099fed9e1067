package import StarlingCompute
package import StarlingExperience
package import StarlingLatentPolicy

/// What every algorithm is made for.
package struct TrainingContext: Sendable {
    package let policy: LatentPolicy
    package let acting: ActingSpec
    /// Environments in a batch, a multiple of an unroll's.
    package let columnCount: Int
    package let latent: LatentSettings
    package var optimizer: OptimizerSettings
    package let compute: ComputeContext
    /// Of everything random in the training.
    package let seed: UInt64

    package init(
        _ policy: LatentPolicy, acting: ActingSpec, columnCount: Int, latent: LatentSettings = LatentSettings(),
        optimizer: OptimizerSettings = OptimizerSettings(), compute: ComputeContext, seed: UInt64 = 0
    ) {
        (self.policy, self.acting, self.columnCount) = (policy, acting, columnCount)
        (self.latent, self.optimizer, self.compute, self.seed) = (latent, optimizer, compute, seed)
    }

    /// Steps of a batch, T·B.
    package var stepCount: Int { acting.unrollLength * columnCount }
    /// Rows of a batch, (T+1)·B.
    package var rowCount: Int { (acting.unrollLength + 1) * columnCount }
}
