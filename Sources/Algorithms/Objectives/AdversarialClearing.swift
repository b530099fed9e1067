public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// A discriminator D of windows, and a latent that clears them against it (Goodfellow et al. 2014, "Generative adversarial nets", section 3):
/// D learns `½·(−log D(J) − log(1 − D(J')))`, and the latent with its decoder learns `−log D(J')`. Neither moves the other: J' is held where D
/// learns, and D's parameters are where J' does.
///
/// Both sides see the same windows, J without haze and J' cleared, weighted alike by how much haze there is, so all that tells them apart is
/// what clearing did. D is two convolutions of 3 × 3, stride 2, of 16 and 32 channels, and one logit. Give its
/// parameters an optimiser of their own: ``StarlingTraining/ParameterGroup/discriminator``.
public struct AdversarialClearing: Objective {
    private let cost: Float

    private static let module = SequenceDiscriminator.module

    /// - Parameter cost: weight of −log D(J').
    public init(cost: Float) { self.cost = cost }

    public var metrics: [Metric] { [.discriminatorLoss, .adversarialLoss] }
    public var trainsRepresentation: Bool { true }

    public func declare(_ g: inout Graph, _ policy: LatentPolicy) { discriminator(policy).declare(&g) }

    private func discriminator(_ policy: LatentPolicy) -> ModelPart {
        policy.head(
            Self.module, onImages: Clearing.windowShape(policy), convolutions: ModelSpec.Convolution.ofWindows, output: 1, gain: 0.01)
    }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let clearing = Clearing(&g, pass, pass.elbo(&g))
        let discriminator = discriminator(pass.policy)
        func logit(_ g: inout Graph, _ windows: Node) -> Node {
            g.sum(discriminator(&g, g.reshape(windows, discriminator.input)), over: .features)
        }
        // −log σ(y) = softplus(−y), −log(1 − σ(y)) = softplus(y).
        let real = g.softplus(g.negate(logit(&g, clearing.clear)))
        let made = g.softplus(logit(&g, g.gate(clearing.cleared, open: false)))
        let judged = g.holdingParameters { logit(&$0, clearing.cleared) }
        return [
            Term(.discriminatorLoss, clearing.mean(&g, pass, g.scale(g.add(real, made), 0.5)), weight: 1),
            Term(.adversarialLoss, clearing.mean(&g, pass, g.softplus(g.negate(judged))), weight: cost),
        ]
    }
}

extension ModelSpec.Convolution {
    /// What sees windows of any size beside the encoder.
    static let ofWindows = [16, 32].map { ModelSpec.Convolution($0, kernel: 3, stride: 2, padding: 1) }
}

extension Metric {
    public static let adversarialLoss = Metric(
        "adversarial_loss", "nat", "−log D of windows that were cleared, D the discriminator's; 0.693 where it guesses.")
}
