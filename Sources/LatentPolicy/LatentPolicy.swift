package import StarlingCompute
package import StarlingExperience

/// The latent policy of a `ModelSpec` for one environment: encoder q(z|o), decoder p(o|z), policy π(a|z), value
/// V(z); with a recurrent core π(a|z, h) and V(z, h).
///
/// It is a description that grows graphs; acting and training grow theirs from the same one, so a parameter has one
/// name and one place in the block, whoever uses it.
package struct LatentPolicy: Hashable, Sendable {
    package let model: ModelSpec
    package let environment: EnvironmentSpec

    /// From observations to what μ and log σ² are made of.
    let encoderLayers: LayerSequence
    let meanLayer: DenseLayer
    let logVarianceLayer: DenseLayer
    /// nil when the model has none.
    let coreLayer: CoreLayer?
    let policyLayers: LayerSequence
    let valueLayers: LayerSequence
    /// nil when the model has none.
    let decoderLayers: LayerSequence?
    /// What the encoder sees: the frames of the environment in a stack.
    package let stackedObservation: ObservationSpec
    /// Dimensions of observations within graphs: `[C, H, W]` where a trunk works on images, else `[D]`.
    let observationDims: [Int]

    /// Bounds of log σ² that the encoder's head is clamped to: log σ in [−5, 2].
    package static let logVarianceBounds: ClosedRange<Float> = -10...4

    /// - Precondition: `model.validationError(environment)` is nil.
    package init(model: ModelSpec, environment: EnvironmentSpec) {
        if let fault = model.validationError(environment) { preconditionFailure(fault) }
        self.model = model
        self.environment = environment
        let observation = model.observation(of: environment)
        stackedObservation = observation
        let z = model.latentCount
        coreLayer = CoreLayer(model.core, inputCount: z)
        func sequence(_ name: String, from dims: [Int]) -> LayerSequence {
            LayerSequence(name, from: dims, activation: model.activation)
        }
        /// A small gain of the policy begins near uniform.
        func head(_ name: String, _ trunk: ModelSpec.Trunk, _ output: String, _ width: Int, gain: Float) -> LayerSequence {
            guard case .dense(let widths) = trunk else { preconditionFailure("heads are dense, not \(trunk)") }
            var head = sequence(name, from: [z + model.core.width])
            head.dense(widths)
            head.output(output, width, gain: gain)
            return head
        }

        let decoderTrunk = model.autoencoder == .none ? nil : model.resolvedDecoder(observation)
        var isImage = false
        switch model.encoder {
        case .convolutional, .residual: isImage = true
        default: break
        }
        switch decoderTrunk {
        case .transposeConvolutional?, .residual?: isImage = true
        default: break
        }
        observationDims = isImage ? observation.shape : [observation.count]

        var encoder = sequence("encoder", from: observationDims)
        switch model.encoder {
        case .convolutional(let convolutions, let widths):
            encoder.convolutions(convolutions)
            encoder.dense(widths)
        case .residual(let sections, let widths):
            encoder.residual(sections)
            encoder.dense(widths)
        case .dense(let widths): encoder.dense(widths)
        case .transposeConvolutional, .mirrored: preconditionFailure("no encoder: \(model.encoder)")
        }
        encoder.reshape([encoder.width])
        encoderLayers = encoder
        meanLayer = DenseLayer(name: "encoder.mean", inputCount: encoder.width, outputCount: z, gain: 1)
        // σ begins at e^−2, so that the first samples of z are not noise.
        logVarianceLayer = DenseLayer(
            name: "encoder.logVariance", inputCount: encoder.width, outputCount: z, gain: 0.01, bias: -4)
        policyLayers = head("policy", model.policy, "logits", environment.action.parameterCount, gain: 0.01)
        valueLayers = head("value", model.value, "output", 1, gain: 1)

        switch decoderTrunk {
        case nil: decoderLayers = nil
        case .dense(let widths)?:
            var layers = sequence("decoder", from: [z])
            layers.dense(widths)
            layers.output("output", observation.count, gain: 1)
            layers.reshape(observationDims)
            decoderLayers = layers
        case .transposeConvolutional(let widths, let image, let convolutions, let isImageLinear)?:
            var layers = sequence("decoder", from: [z])
            layers.dense(widths)
            layers.image(image, isLinear: isImageLinear)
            layers.transposeConvolutions(convolutions, last: "output")
            decoderLayers = layers
        case .residual(let sections, let widths)?:
            guard let image = observation.image else { preconditionFailure("\(observation.shape) is no image") }
            var layers = sequence("decoder", from: [z])
            layers.dense(widths)
            layers.residual(sections, to: image, last: "output")
            decoderLayers = layers
        case .convolutional?, .mirrored?: preconditionFailure("no decoder: \(model.decoder)")
        }
    }

    /// Whether the latent is sampled anywhere.
    package var isStochastic: Bool { model.autoencoder == .vae }

    /// An empty graph with the parameters that actors compute with, in the order that fixes the layout of their block.
    package func makeActingGraph(_ latentMode: ActingSpec.LatentMode) -> Graph {
        var g = Graph()
        encoderLayers.declare(&g)
        _ = meanLayer.parameters(&g)
        _ = coreLayer?.parameters(&g)
        policyLayers.declare(&g)
        if latentMode == .noise { declareLogVariance(&g) }
        return g
    }

    private func declareLogVariance(_ g: inout Graph) {
        if isStochastic { _ = logVarianceLayer.parameters(&g) }
    }

    /// An empty graph with every parameter of the model: the block of acting, then what only the learner needs.
    package func makeGraph() -> Graph {
        var g = makeActingGraph(.mean)
        declareLogVariance(&g)
        valueLayers.declare(&g)
        decoderLayers?.declare(&g)
        return g
    }

    /// Names, shapes and places of the parameters that actors compute with: the beginning of `layout`.
    package func actingLayout(_ latentMode: ActingSpec.LatentMode) -> ParameterLayout { makeActingGraph(latentMode).layout }

    /// Names, shapes and places of all parameters.
    package var layout: ParameterLayout { makeGraph().layout }
}
