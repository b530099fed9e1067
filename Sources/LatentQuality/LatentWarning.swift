import Foundation

/// Something that is wrong with an autoencoder, or with what is told of its latents.
package enum LatentWarning: Sendable, Equatable {
    /// z tells nothing of what is seen: the posterior is the prior.
    case collapsed(divergence: Double)
    /// What is seen doesn't come back.
    case carriesNothing(share: Double)
    /// The variance that p(x|z) allows for is more than what is seen varies by, and little comes back.
    case wideVariance(variance: Double, observed: Double)
    /// One half of the loss moves the encoder so much more than the other that the other is not heard.
    case imbalanced(representation: Double, policy: Double)
    /// The posterior lies elsewhere than the prior, so samples of the prior decode to what was never learned.
    case offPrior(misfit: Double, divergence: Double)
    /// What is seen is so large that networks are slow to learn of it.
    case unscaled(ClosedRange<Float>)
    /// What is seen is nothing that the decoder could ever give.
    case beyondUnit(ClosedRange<Float>)
    /// Dreams bring more than what is real: a policy may live on the faults of the model.
    case rosyDreams(dreamt: Double, real: Double)

    /// KL of a latent, in nats, that is noise: at most 10 % of the variance of anything linear, by I = −½·log(1 − ρ²).
    static let collapsedNats = 0.05
    /// Below this share of what is seen there is no autoencoder to speak of.
    static let smallestShare = 0.2
    /// With this share it carries enough, whatever variance it was asked for.
    static let ampleShare = 0.5
    /// Nats of misfit that are nothing to speak of, and the share of KL beyond which they are.
    static let smallestMisfit = 5.0
    static let misfitShare = 0.5
    /// Size of what is seen, as the encoder sees it, that is no unit scale; bytes of a picture are 255.
    static let largestSeen: Float = 50
    /// How far beyond 0…1 rounding may lie.
    static let unitMargin: Float = 0.01
    /// How many times one gradient by the encoder may be the other.
    static let gradientRatio = 20.0
    /// How much more dreams may bring, as a share of what is real.
    static let dreamExcess = 0.5

    /// Of two norms of gradients by the encoder; nil where both are heard.
    package init?(encoderGradientOfRepresentation representation: Double, policy: Double) {
        guard max(representation, policy) > Self.gradientRatio * min(representation, policy) else { return nil }
        self = .imbalanced(representation: representation, policy: policy)
    }

    /// Of what dreams bring beside what is real, over as many steps; nil where that is much the same, or worse.
    package init?(dreamReturn dreamt: Double, realReturn real: Double) {
        guard dreamt - real > Self.dreamExcess * max(abs(real), 1e-3) else { return nil }
        self = .rosyDreams(dreamt: dreamt, real: real)
    }

    /// A word for programs.
    package var name: String {
        switch self {
        case .collapsed: "collapsed"
        case .carriesNothing: "carries_nothing"
        case .wideVariance: "wide_variance"
        case .imbalanced: "imbalanced"
        case .offPrior: "off_prior"
        case .rosyDreams: "rosy_dreams"
        case .unscaled: "unscaled"
        case .beyondUnit: "beyond_unit"
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
        case .wideVariance(let variance, let observed):
            """
            The decoder is asked for little: model.variance is \(Self.short(variance)), and what is seen varies by \(Self.short(observed)). Set \
            model.variance to learned.
            """
        case .imbalanced(let representation, let policy) where representation > policy:
            """
            The encoder hardly hears the policy: the representation's gradient is \(Self.times(representation, policy)) times \
            the policy's. Lower latent.lambda_vae.
            """
        case .imbalanced(let representation, let policy):
            """
            The encoder hardly hears its own loss: the policy's gradient is \(Self.times(policy, representation)) times the \
            representation's. Raise latent.lambda_vae, or lower the algorithm's value_cost.
            """
        case .offPrior(let misfit, let divergence):
            """
            The posterior is off its prior: \(Self.rounded(misfit)) of \(Self.rounded(divergence)) nats of KL are misfit, not \
            information. Train longer, raise latent.beta or latent.lambda_vae, or give the heads hidden layers (model.value) so that they need \
            no large z.
            """
        case .unscaled(let seen):
            """
            Observations reach the encoder unscaled, from \(Self.short(Double(seen.lowerBound))) to \(Self.short(Double(seen.upperBound))). \
            Divide them by what they span (model.observation_scale, 255 of pictures), or set model.normalize_observations to true.
            """
        case .beyondUnit(let seen):
            """
            The decoder gives numbers within 0 … 1, and observations go from \(Self.short(Double(seen.lowerBound))) to \
            \(Self.short(Double(seen.upperBound))). Divide them by model.observation_scale, or set model.likelihood to normal.
            """
        case .rosyDreams(let dreamt, let real):
            """
            Dreams bring \(Self.short(dreamt)), and as many real steps \(Self.short(real)): the policy may live on faults of the model. Shorten them \
            (dyna.dream_steps), train the model more (dyna.updates_per_frame, latent.predict_ending_cost), or give it latent.predict_members.
            """
        }
    }

    private static func short(_ number: Double) -> String { String(format: "%.3g", number) }
    private static func times(_ large: Double, _ small: Double) -> String {
        small > 0 ? String(format: "%.0f", large / small) : "any number of"
    }
    private static func rounded(_ nats: Double) -> String { String(format: "%.1f", nats) }
}

extension LatentQuality {
    /// What is wrong, the worst first.
    package var warnings: [LatentWarning] {
        var warnings: [LatentWarning] = []
        if let seen {
            if isWithinUnit, seen.lowerBound < -LatentWarning.unitMargin || seen.upperBound > 1 + LatentWarning.unitMargin {
                warnings.append(.beyondUnit(seen))
            } else if max(-seen.lowerBound, seen.upperBound) > LatentWarning.largestSeen {
                warnings.append(.unscaled(seen))
            }
        }
        if let posterior, posterior.activeUnits == 0,
            posterior.divergence < LatentWarning.collapsedNats * Double(posterior.divergences.count)
        {
            warnings.append(.collapsed(divergence: posterior.divergence))
        }
        for seen in reconstructions {
            guard let fixed = seen.fixedVariance, let observed = seen.observedVariance, fixed > observed,
                (seen.share ?? 0) < LatentWarning.ampleShare
            else { continue }
            warnings.append(.wideVariance(variance: fixed, observed: observed))
            break
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
