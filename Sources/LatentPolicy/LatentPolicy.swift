package import StarlingCompute
package import StarlingExperience

/// The latent policy of a `ModelSpec` for one environment: encoder q(z|o), decoder p(o|z), policy π(a|z), value V(z).
///
/// It is a description that grows graphs; acting and training grow theirs from the same one, so a parameter has one
/// name and one place in the block, whoever uses it.
package struct LatentPolicy: Hashable, Sendable {
    package let model: ModelSpec
    package let environment: EnvironmentSpec

    let encoderTrunk: [DenseLayer]
    let meanLayer: DenseLayer
    let logVarianceLayer: DenseLayer
    let policyTrunk: [DenseLayer]
    let logitsLayer: DenseLayer
    let valueTrunk: [DenseLayer]
    let valueLayer: DenseLayer
    let decoderTrunk: [DenseLayer]
    let decoderLayer: DenseLayer

    /// Bounds of log σ² that the encoder's head is clamped to: log σ in [−5, 2].
    package static let logVarianceBounds: ClosedRange<Float> = -10 ... 4

    package init(model: ModelSpec, environment: EnvironmentSpec) {
        self.model = model
        self.environment = environment
        let z = model.latentCount
        // √2 keeps the variance through a layer of rectifiers (He et al. 2015); a small policy gain begins near uniform.
        func trunk(_ name: String, from input: Int, _ trunk: ModelSpec.Trunk) -> (layers: [DenseLayer], width: Int) {
            guard case .dense(let widths) = trunk else { preconditionFailure("\(name): only dense trunks are built") }
            let inputs = [input] + widths
            return (
                widths.indices.map {
                    DenseLayer(
                        name: "\(name).\($0)", inputCount: inputs[$0], outputCount: widths[$0], gain: Float(2).squareRoot())
                },
                inputs.last!
            )
        }
        let observationCount = environment.observation.count
        let (encoder, encoderWidth) = trunk("encoder", from: observationCount, model.encoder)
        let (policy, policyWidth) = trunk("policy", from: z, model.policy)
        let (value, valueWidth) = trunk("value", from: z, model.value)
        let (decoder, decoderWidth) = trunk("decoder", from: z, model.decoder)
        encoderTrunk = encoder
        policyTrunk = policy
        valueTrunk = value
        decoderTrunk = decoder
        meanLayer = DenseLayer(name: "encoder.mean", inputCount: encoderWidth, outputCount: z, gain: 1)
        // σ begins at e^−2, so that the first samples of z are not noise.
        logVarianceLayer = DenseLayer(
            name: "encoder.logVariance", inputCount: encoderWidth, outputCount: z, gain: 0.01, bias: -4)
        logitsLayer = DenseLayer(
            name: "policy.logits", inputCount: policyWidth, outputCount: environment.action.parameterCount, gain: 0.01)
        valueLayer = DenseLayer(name: "value.output", inputCount: valueWidth, outputCount: 1, gain: 1)
        decoderLayer = DenseLayer(
            name: "decoder.output", inputCount: decoderWidth, outputCount: observationCount, gain: 1)
    }

    /// Whether the latent is sampled anywhere.
    package var isStochastic: Bool { model.autoencoder == .vae }

    /// An empty graph with every parameter of the model, in the order that fixes the layout of the parameter block.
    package func makeGraph() -> Graph {
        var g = Graph()
        for layer in layers { _ = layer.parameters(&g) }
        return g
    }

    /// Names, shapes and places of all parameters.
    package var layout: ParameterLayout { makeGraph().layout }

    private var layers: [DenseLayer] {
        encoderTrunk + [meanLayer] + (isStochastic ? [logVarianceLayer] : []) + policyTrunk + [logitsLayer]
            + valueTrunk + [valueLayer] + (model.autoencoder == .none ? [] : decoderTrunk + [decoderLayer])
    }
}
