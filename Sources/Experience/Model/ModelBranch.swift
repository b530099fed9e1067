/// The layers of a model that are of one part of the observations alone; of observations of one array there is one, without
/// layers of its own.
public struct ModelBranch: Sendable {
    /// nil where the observation is one array.
    public let name: String?
    /// The part as the encoder sees it, frames in a stack.
    public let observation: ObservationSpec.Part
    /// Which scalars of the observation it is.
    public let scalars: Range<Int>
    /// Dimensions of it within graphs: `[C, H, W]` where a trunk works on images, else `[D]`.
    public let dims: [Int]
    /// p(part|z).
    public let likelihood: ModelSpec.Likelihood
    /// Of −log p in the loss.
    public let weight: Float
    /// Before the layers that all parts share, empty where there is one array; nil when the part is not encoded.
    public let encoder: ModelPart?
    /// Behind the layers that all parts share; nil when the part is not decoded, or the model has no decoder.
    public let decoder: ModelPart?
    /// log σ² of p(part|z), `[D]` of a vector, `[1]` of an image; nil where it is fixed.
    public let variance: ModelPart?
    /// From scaled numbers to those that encoder and decoder know; nil when the model has none.
    public let normalizer: ModelPart?
}

extension ModelBranch {
    /// Names of its running statistics.
    public var normalizerMean: String { "\(Self.module("normalizer", name)).mean" }
    /// Name of its running 1/σ.
    public var normalizerScale: String { "\(Self.module("normalizer", name)).scale" }
    /// Name of its learned log σ².
    public var logVariance: String { "\(Self.module("likelihood", name)).logVariance" }

    /// `encoder.camera` of a part, `encoder` of an observation of one array.
    static func module(_ module: String, _ name: String?) -> String { name.map { "\(module).\($0)" } ?? module }

    /// The only branch of an observation of one array.
    init(_ model: ModelSpec, _ environment: EnvironmentSpec, _ encoder: ModelPart, hasDecoder: Bool) {
        let seen = model.observation(of: environment)
        name = nil
        observation = ObservationSpec.Part("", seen.shape, seen.scalar)
        scalars = 0..<seen.count
        (dims, likelihood, weight) = (encoder.input, model.likelihood, 1)
        self.encoder = ModelPart("encoder", from: dims, model.activation, .always)
        decoder = hasDecoder ? ModelPart("decoder", from: dims, model.activation, .never) : nil
        variance = Self.variance(nil, model.likelihood, observation, hasDecoder: hasDecoder)
        normalizer =
            model.normalizesObservations ? ModelArchitecture.normalizer(nil, environment.observation.count, dims, model.activation) : nil
    }

    /// The branch of part `index`.
    /// - Parameter shared: what the decoder's shared layers give; nil when the model has none.
    init(
        _ model: ModelSpec, _ environment: EnvironmentSpec, _ index: Int, shared: [Int]?
    ) throws(ModelValidationError) {
        let branch = model.branches[index]
        let seen = model.observation(of: environment)
        let part = seen.parts[index]
        name = branch.name
        observation = part
        scalars = seen.scalars(ofPart: index)
        (likelihood, weight) = (branch.likelihood, branch.weight)
        let trunks = [branch.encoder, shared == nil ? nil : branch.decoder].compactMap(\.self)
        let isImage = trunks.contains { $0.worksOnImages }
        dims = isImage ? part.shape : [part.count]
        do {
            encoder =
                if let trunk = branch.encoder {
                    try ModelArchitecture.encoder(trunk, Self.module("encoder", name), from: dims, model.activation)
                } else { nil }
            decoder =
                if let shared, let trunk = branch.decoder {
                    try ModelArchitecture.decoder(
                        trunk, mirroring: branch.encoder, Self.module("decoder", name), from: shared, to: part, as: dims, model.activation)
                } else { nil }
        } catch {
            throw ModelValidationError("\(part.name): \(error.description)")
        }
        variance = Self.variance(name, branch.likelihood, part, hasDecoder: decoder != nil)
        normalizer =
            branch.isNormalized
            ? ModelArchitecture.normalizer(name, environment.observation.parts[index].count, dims, model.activation) : nil
    }

    private static func variance(
        _ name: String?, _ likelihood: ModelSpec.Likelihood, _ part: ObservationSpec.Part, hasDecoder: Bool
    ) -> ModelPart? {
        guard hasDecoder, case .normal(.learned, _) = likelihood else { return nil }
        let module = module("likelihood", name)
        return ModelArchitecture.statistics(module, [("\(module).logVariance", part.shape.count == 1 ? part.count : 1)])
    }
}
