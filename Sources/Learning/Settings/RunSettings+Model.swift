package import StarlingExperience
import StarlingTraining

extension RunSettings {
    /// The model that the keys describe for an environment. `check` tells whether it can be built.
    package func modelSpec(for environment: EnvironmentSpec) -> ModelSpec {
        var spec = modelSpec
        spec.branches = model.branches(for: environment)
        guard !spec.branches.isEmpty else { return spec }
        (spec.encoder, spec.decoder, spec.normalizesObservations) = (.dense(model.joined), .mirrored, false)
        return spec
    }

    /// The model that the keys describe for observations of one array.
    package var modelSpec: ModelSpec {
        ModelSpec(
            encoder: model.encoderTrunk, decoder: model.decoderTrunk, policy: .dense(model.policy),
            value: .dense(model.value), activation: model.activation, latentCount: model.latentCount,
            likelihood: model.spec(of: model.likelihood), representation: latent.representation, observationScale: model.observationScale,
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
            return .residual(Self.sections(residual.channels, residual.blocks), dense: encoder)
        }
        let keys = convolutions
        guard !keys.channels.isEmpty else { return .dense(encoder) }
        return .convolutional(Self.layers(keys.channels, keys.kernels, keys.strides, keys.paddings), dense: encoder)
    }

    static func sections(_ channels: [Int], _ blocks: [Int]) -> [ModelSpec.ResidualSection] {
        channels.indices.map { ModelSpec.ResidualSection(channels[$0], blocks: of(blocks, $0)) }
    }

    static func layers(_ channels: [Int], _ kernels: [Int], _ strides: [Int], _ paddings: [Int]) -> [ModelSpec.Convolution] {
        channels.indices.map { index in
            ModelSpec.Convolution(
                channels[index], kernel: of(kernels, index), stride: of(strides, index), padding: of(paddings, index))
        }
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
