public import StarlingTraining

extension TrainingContext {
    /// What trains the latent beside the policy, as `latent.representation` says: the first objectives of a phase.
    public var representation: [any Objective] {
        switch policy.model.representation {
        case .none: []
        case .vae, .rae: [Autoencoder(self)]
        case .predict: [SelfPrediction(self)]
        case .vaePredict: [Autoencoder(self), SelfPrediction(self)]
        }
    }
}
