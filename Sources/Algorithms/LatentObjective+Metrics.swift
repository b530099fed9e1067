package import StarlingMetrics

extension Metric {
    package static let reconstructionLoss = Metric("reconstruction_loss", "nat", "−log p(o|z̃), summed over the scalars of an observation.")
    package static let klDivergence = Metric(
        "kl_divergence", "nat", "KL(q(z|o) ‖ N(0, 1)), summed over the latents.", cell: Cell("KL", suffix: "nat", plain: "KL"))
    package static let elbo = Metric("elbo", "nat", "−reconstruction_loss − kl_divergence: the bound at β = 1, whatever β is.")
    package static let vaeLoss = Metric(
        "vae_loss", "nat", "reconstruction_loss + kl_weight · kl_divergence: what the autoencoder minimises.",
        cell: Cell("VAE loss", plain: "VAE"))
    package static let klWeight = Metric("kl_weight", "1", "β, the weight of the KL term now.", .last)
    package static let activeUnits = Metric(
        "active_units", "1", "Latents with Var[μ(o)] > 0.01 over the last batch (Burda et al. 2016).", .count,
        cell: Cell("latents", suffix: "active"))
}

extension LatentObjective {
    /// What every algorithm with a latent tells.
    package static let metrics: [Metric] = [.vaeLoss, .klDivergence, .reconstructionLoss, .elbo, .klWeight, .activeUnits]

    /// Writes the autoencoder's terms, in nats per observation.
    static func note(reconstruction: Float, divergence: Float, klWeight: Float, in sample: inout MetricSample) {
        let (reconstruction, divergence) = (Double(reconstruction), Double(divergence))
        sample[.reconstructionLoss] = reconstruction
        sample[.klDivergence] = divergence
        sample[.elbo] = -reconstruction - divergence
        sample[.vaeLoss] = reconstruction + Double(klWeight) * divergence
        sample[.klWeight] = Double(klWeight)
    }
}
