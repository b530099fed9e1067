package import StarlingCompute
public import StarlingExperience
public import StarlingLatentPolicy

/// What every algorithm is made for.
public struct TrainingContext: Sendable {
    public let policy: LatentPolicy
    public let acting: ActingSpec
    /// Environments in a batch, a multiple of an unroll's.
    public let columnCount: Int
    public let latent: LatentSettings
    public var optimizer: OptimizerSettings
    package let compute: ComputeContext
    /// Of everything random in the training.
    public let seed: UInt64

    package init(
        _ policy: LatentPolicy, acting: ActingSpec, columnCount: Int, latent: LatentSettings = LatentSettings(),
        optimizer: OptimizerSettings = OptimizerSettings(), compute: ComputeContext, seed: UInt64 = 0
    ) {
        (self.policy, self.acting, self.columnCount) = (policy, acting, columnCount)
        (self.latent, self.optimizer, self.compute, self.seed) = (latent, optimizer, compute, seed)
    }

    /// Steps of a batch, T·B.
    public var stepCount: Int { acting.unrollLength * columnCount }
    /// Rows of a batch, (T+1)·B.
    public var rowCount: Int { (acting.unrollLength + 1) * columnCount }
}
