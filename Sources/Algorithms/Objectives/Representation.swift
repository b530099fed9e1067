public import StarlingTraining

extension TrainingContext {
    /// What trains the latent beside the policy, as `latent.representation` says: the first objective of a phase.
    public var representation: any Objective {
        policy.model.representation == .predict ? SelfPrediction(self) : Autoencoder(self)
    }
}
