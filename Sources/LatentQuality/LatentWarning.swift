import Foundation

/// Something that is wrong with an autoencoder.
package enum LatentWarning: Sendable, Equatable {
    /// z tells nothing of what is seen: the posterior is the prior.
    case collapsed(divergence: Double)
    /// What is seen doesn't come back.
    case carriesNothing(share: Double)
    /// The posterior lies elsewhere than the prior, so samples of the prior decode to what was never learned.
    case offPrior(misfit: Double, divergence: Double)

    /// KL of a latent, in nats, that is noise: at most 10 % of the variance of anything linear, by I = −½·log(1 − ρ²).
    static let collapsedNats = 0.05
    /// Below this share of what is seen there is no autoencoder to speak of.
    static let smallestShare = 0.2
    /// Nats of misfit that are nothing to speak of, and the share of KL beyond which they are.
    static let smallestMisfit = 5.0
    static let misfitShare = 0.5

    /// A word for programs.
    package var name: String {
        switch self {
        case .collapsed: "collapsed"
        case .carriesNothing: "carries_nothing"
        case .offPrior: "off_prior"
        }
    }

    /// What is wrong, and what to turn.
    package var message: String {
        switch self {
        case .collapsed(let divergence):
            """
            The posterior has collapsed: z tells nothing of what is seen (KL \(Self.rounded(divergence)) nats). Lower latent.beta, \
            let it rise later (latent.warmup), or lower model.variance.
            """
        case .carriesNothing(let share):
            """
            The autoencoder carries nothing: \(Int((100 * max(0, share)).rounded())) % of what is seen comes back. Give it more weight \
            (latent.lambda_vae) or more steps (latent.vae_replay), or more room (model.latent, model.decoder).
            """
        case .offPrior(let misfit, let divergence):
            """
            The posterior is off its prior: \(Self.rounded(misfit)) of \(Self.rounded(divergence)) nats of KL are misfit, not \
            information. Raise latent.beta or latent.lambda_vae, or give the heads hidden layers (model.value) so that they need \
            no large z.
            """
        }
    }

    private static func rounded(_ nats: Double) -> String { String(format: "%.1f", nats) }
}

extension LatentQuality {
    /// What is wrong, the worst first.
    package var warnings: [LatentWarning] {
        var warnings: [LatentWarning] = []
        if let posterior, posterior.activeUnits == 0,
            posterior.divergence < LatentWarning.collapsedNats * Double(posterior.divergences.count)
        {
            warnings.append(.collapsed(divergence: posterior.divergence))
        }
        if let share, share < LatentWarning.smallestShare { warnings.append(.carriesNothing(share: share)) }
        if let posterior, let misfit = posterior.misfit, misfit > LatentWarning.smallestMisfit,
            misfit > LatentWarning.misfitShare * posterior.divergence
        {
            warnings.append(.offPrior(misfit: misfit, divergence: posterior.divergence))
        }
        return warnings
    }
}
