package import StarlingExperience
import StarlingTraining

extension RunSettings {
    /// The model that the keys describe. `check` tells whether it can be built.
    package var modelSpec: ModelSpec {
        let variance = model.variance.map { ModelSpec.Likelihood.Variance.fixed($0) } ?? .learned
        let likelihood: ModelSpec.Likelihood
        switch model.likelihood {
        case .normal: likelihood = .normal(variance: variance)
        case .sigmoidNormal: likelihood = .normal(variance: variance, mean: .sigmoid)
        case .bernoulli: likelihood = .bernoulli
        }
        return ModelSpec(
            encoder: model.encoderTrunk, decoder: model.decoderTrunk, policy: .dense(model.policy),
            value: .dense(model.value), activation: model.activation, latentCount: model.latentCount,
            likelihood: likelihood, representation: latent.representation, observationScale: model.observationScale,
            actionDistribution: model.actionDistribution, core: model.coreSpec, frameStack: model.frameStack,
            normalizesObservations: model.normalizes, normalizesHeads: model.normalizesHeads,
            prior: model.prior, valueBins: model.valueBins,
            dynamics: planning.method == .none ? nil : latent.dynamics, embedding: model.embedding,
            latentClasses: model.latentClasses)
    }
}

extension RunSettings.Model {
    /// nil where V is a number. Those of `hlGauss` without a limit are refused by `check`.
    fileprivate var valueBins: ModelSpec.ValueBins? {
        switch valueHead {
        case .scalar: nil
        case .twoHot: ModelSpec.ValueBins(.twoHot, count: valueBinCount, limit: valueLimit ?? 20)
        case .hlGauss: ModelSpec.ValueBins(.hlGauss, count: valueBinCount, limit: valueLimit ?? 1)
        }
    }

    fileprivate var coreSpec: ModelSpec.Core {
        switch core {
        case .none: .none
        case .gru: .gru(coreWidth)
        case .lstm: .lstm(coreWidth)
        }
    }

    fileprivate var encoderTrunk: ModelSpec.Trunk {
        if !residual.channels.isEmpty {
            let sections = residual.channels.indices.map { index in
                ModelSpec.ResidualSection(residual.channels[index], blocks: Self.of(residual.blocks, index))
            }
            return .residual(sections, dense: encoder)
        }
        let keys = convolutions
        guard !keys.channels.isEmpty else { return .dense(encoder) }
        let layers = keys.channels.indices.map { index in
            ModelSpec.Convolution(
                keys.channels[index], kernel: Self.of(keys.kernels, index), stride: Self.of(keys.strides, index),
                padding: Self.of(keys.paddings, index))
        }
        return .convolutional(layers, dense: encoder)
    }

    fileprivate var decoderTrunk: ModelSpec.Trunk {
        guard let decoder else { return .mirrored }
        let keys = deconvolutions
        guard !keys.channels.isEmpty, keys.image.count == 3 else { return .dense(decoder) }
        let layers = keys.channels.indices.map { index in
            ModelSpec.TransposeConvolution(
                keys.channels[index], kernel: Self.of(keys.kernels, index), stride: Self.of(keys.strides, index),
                padding: Self.of(keys.paddings, index), outputPadding: Self.of(keys.outputPaddings, index))
        }
        let image = ModelSpec.Image(channels: keys.image[0], height: keys.image[1], width: keys.image[2])
        return .transposeConvolutional(dense: decoder, image: image, layers, isImageLinear: keys.isImageLinear)
    }

    /// A layer's entry; a list of one is for all layers. Lists of another length are refused by `listFault`.
    private static func of(_ list: [Int], _ index: Int) -> Int { index < list.count ? list[index] : list.last ?? 1 }

    /// Which list has not an entry for each layer, as a sentence; nil when all have.
    var listFault: String? {
        func fault(_ group: String, _ layers: Int, _ lists: [(name: String, count: Int)]) -> String? {
            guard layers > 0 else { return nil }
            return lists.first { $0.count != 1 && $0.count != layers }.map {
                """
                model.\(group).\($0.name) has \($0.count) numbers, but model.\(group).channels has \(layers): \
                give one for each layer or one for all
                """
            }
        }
        if let fault = fault(
            "convolutions", convolutions.channels.count,
            [
                ("kernels", convolutions.kernels.count), ("strides", convolutions.strides.count),
                ("paddings", convolutions.paddings.count),
            ])
        {
            return fault
        }
        if let fault = fault("residual", residual.channels.count, [("blocks", residual.blocks.count)]) { return fault }
        if !residual.channels.isEmpty, !convolutions.channels.isEmpty {
            return "model.convolutions and model.residual both describe the encoder: leave the channels of one of them empty"
        }
        if let fault = fault(
            "deconvolutions", deconvolutions.channels.count,
            [
                ("kernels", deconvolutions.kernels.count), ("strides", deconvolutions.strides.count),
                ("paddings", deconvolutions.paddings.count), ("output_paddings", deconvolutions.outputPaddings.count),
            ])
        {
            return fault
        }
        guard !deconvolutions.channels.isEmpty else { return nil }
        if deconvolutions.image.count != 3 {
            return "model.deconvolutions.image is \(deconvolutions.image); it takes the [C, H, W] that the first layer starts from"
        }
        if decoder == nil {
            return """
                model.deconvolutions describes a decoder, but model.decoder is mirror: give it the widths of the dense \
                layers before the image, [] for none
                """
        }
        return nil
    }
}
