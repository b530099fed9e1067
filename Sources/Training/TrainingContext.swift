package import StarlingCompute
public import StarlingExperience
public import StarlingLatentPolicy

/// What every algorithm is made for.
public struct TrainingContext: Sendable {
    /// What is trained.
    public let policy: LatentPolicy
    /// How actors act.
    public let acting: ActingSpec
    /// Environments in a batch, a multiple of an unroll's.
    public let columnCount: Int
    /// What trains the latent.
    public let latent: LatentSettings
    /// What moves the parameters.
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

    /// For training on a data set without an environment, so many rows a batch: see `DataSetTraining`. The model has heads, for one
    /// action, which nothing trains.
    package static func dataSet(
        _ data: DataSet, model: ModelSpec, rows: Int, latent: LatentSettings, optimizer: OptimizerSettings, compute: ComputeContext,
        seed: UInt64
    ) -> TrainingContext {
        TrainingContext(
            LatentPolicy(model: model, environment: data.environment),
            acting: ActingSpec(latentMode: .mean, unrollLength: rows, environmentsPerUnroll: 1), columnCount: 1, latent: latent,
            optimizer: optimizer, compute: compute, seed: seed)
    }

    /// What predicts the latent, where anything does.
    public var dynamics: LatentDynamics { LatentDynamics(policy, latent.dynamics) }

    /// Steps of a batch, T·B.
    public var stepCount: Int { acting.unrollLength * columnCount }
    /// Rows of a batch, (T+1)·B.
    public var rowCount: Int { (acting.unrollLength + 1) * columnCount }
}
