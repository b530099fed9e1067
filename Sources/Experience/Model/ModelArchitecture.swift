/// Why a model can't be built for an environment, as a sentence without its end.
public struct ModelValidationError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// What a `ModelSpec` means for an environment: the parts of the model, every layer and parameter of them. It is the only
/// interpretation of a spec; who checks, counts or builds a model reads it here.
public struct ModelArchitecture: Sendable {
    /// What is of each part of the observations alone; of observations of one array one branch, without layers.
    public let branches: [ModelBranch]
    /// From observations to what μ and log σ² are made of; of several parts from what their branches give, side by side.
    public let encoder: ModelPart
    /// μ, or the logits of categorical latents, in the module `encoder`.
    public let mean: ModelPart
    /// log σ², in the module `encoder`; nil where the latent is deterministic or categorical.
    public let logVariance: ModelPart?
    /// nil when the model has none.
    public let core: ModelPart?
    /// From the latent, or the core's output beside it, to logits.
    public let policy: ModelPart
    /// From the same to V.
    public let value: ModelPart
    /// What actors plan by; nil when they don't.
    public let dynamics: DynamicsParts?
    /// nil when the model has none. Of several parts what stands before their branches.
    public let decoder: ModelPart?
    /// Mean and log σ² of p(z), `[Z]` each; nil where it is N(0, 1).
    public let prior: ModelPart?
    /// What the encoder sees, the environment's frames in a stack.
    public let observation: ObservationSpec
    /// Dimensions of it within graphs: `[C, H, W]` where a trunk works on images, else `[D]`; of several parts `[D]`, one after the other.
    public let observationDims: [Int]

    /// Names of the normaliser's parameters, `[D]` each, D the numbers of one frame. Those of a part have its name in them: see
    /// `ModelBranch`.
    public static let normalizerMean = "normalizer.mean"
    /// Name of the running 1/σ of observations.
    public static let normalizerScale = "normalizer.scale"
    /// Names of what is learned in closed form: log σ² of p(o|z), and the prior's moments.
    public static let observationLogVariance = "likelihood.logVariance"
    /// Name of the learned prior's means.
    public static let priorMean = "prior.mean"
    /// Name of the learned prior's log σ².
    public static let priorLogVariance = "prior.logVariance"
    /// Normalised observations are within ± this.
    public static let normalizedLimit: Float = 10

    /// Takes sizes up to 65,536 and allocates nothing of theirs, so that it can judge what came over the wire: what it makes
    /// is as long as the lists of the spec, and the blocks of residual sections.
    public init(_ model: ModelSpec, _ environment: EnvironmentSpec) throws(ModelValidationError) {
        guard (1...ModelSpec.frameStackLimit).contains(model.frameStack) else {
            throw ModelValidationError("a stack has 1 to \(ModelSpec.frameStackLimit) frames, not \(model.frameStack)")
        }
        guard model.core == .none || model.core.width > 0 else {
            throw ModelValidationError("a core of width \(model.core.width)")
        }
        let observation = model.observation(of: environment)
        guard observation.count <= ModelSpec.imageLimit else {
            throw ModelValidationError("a stack of \(model.frameStack) frames has \(observation.count) numbers")
        }
        if let fault = model.branchFault(environment) { throw ModelValidationError(fault) }
        let hasDecoder = model.representation.hasDecoder
        let (z, activation) = (model.latentCount, model.activation)
        self.observation = observation
        if model.branches.isEmpty {
            let isImage = model.encoder.worksOnImages || (hasDecoder && model.decoder.worksOnImages)
            let dims = isImage ? observation.shape : [observation.count]
            observationDims = dims
            if let fault = model.embedding.flatMap({ _ in model.embeddingFault(environment) }) { throw ModelValidationError(fault) }
            encoder = try Self.encoder(
                model.encoder, "encoder", from: dims, activation, embedding: model.embedding.map { ($0, environment.idCount) })
            let branch = ModelBranch(model, environment, encoder, hasDecoder: hasDecoder)
            branches = [branch]
            decoder =
                hasDecoder
                ? try Self.decoder(
                    model.decoder, mirroring: model.encoder, "decoder", from: [z], to: branch.observation, as: dims, activation) : nil
        } else {
            observationDims = [observation.count]
            let shared = hasDecoder ? try Self.shared(model) : nil
            var branches: [ModelBranch] = []
            for index in model.branches.indices {
                branches.append(try ModelBranch(model, environment, index, shared: shared?.output))
            }
            encoder = try Self.joined(model, branches)
            (self.branches, decoder) = (branches, shared)
        }

        if let fault = model.latentClassesFault { throw ModelValidationError(fault) }
        let isCategorical = model.latentClasses != nil
        var mean = ModelPart(isCategorical ? "encoder.logits" : "encoder.mean", from: encoder.output, activation, .always)
        mean.dense(z, mean.name, gain: 1)
        self.mean = mean
        if model.representation.isVariational, !isCategorical {
            var logVariance = ModelPart("encoder.logVariance", from: encoder.output, activation, .withNoise)
            // σ begins at e^−2, so that the first samples of z are not noise.
            logVariance.dense(z, logVariance.name, gain: 0.01, bias: -4)
            self.logVariance = logVariance
        } else {
            logVariance = nil
        }
        core = Self.core(model.core, from: z, activation)

        func head(
            _ name: String, _ trunk: ModelSpec.Trunk, _ output: (String, Int), gain: Float, _ publication: ModelPart.Publication
        ) throws(ModelValidationError) -> ModelPart {
            guard case .dense(let widths) = trunk else { throw ModelValidationError("the \(name) takes dense layers only") }
            return .head(
                name, from: z + model.core.width, hidden: widths, layerNorm: model.normalizesHeads, output: output, gain: gain,
                activation, publication)
        }
        // A small gain begins near uniform.
        policy = try head("policy", model.policy, ("logits", environment.action.parameterCount), gain: 0.01, .always)
        if let fault = model.valueBins?.fault { throw ModelValidationError(fault) }
        // Bins begin equal, which is a value of 0.
        value = try head(
            "value", model.value, ("output", model.valueBins?.count ?? 1), gain: model.valueBins == nil ? 1 : 0,
            model.dynamics == nil ? .never : .always)
        if let fault = model.dynamics?.fault { throw ModelValidationError(fault) }
        dynamics = model.dynamics.map { DynamicsParts($0, model, environment.action, .always) }
        prior =
            model.representation.isVariational && model.prior == .learned
            ? Self.statistics("prior", [(Self.priorMean, z), (Self.priorLogVariance, z)]) : nil

        if let name = repeatedName {
            throw ModelValidationError("two parameters would be called \(name): rename a part of the observations")
        }
        let count = parameterCount
        guard count <= ModelSpec.parameterLimit else {
            throw ModelValidationError("the model has \(count) parameters; allowed are \(ModelSpec.parameterLimit)")
        }
    }

    /// All parts in the order of the parameters' block. What actors compute with comes first, and what they need only to
    /// sample comes last of that: so what they are sent is the beginning of the block.
    public var parts: [ModelPart] {
        let own = branches.compactMap(\.encoder).filter { !$0.layers.isEmpty }
        let back = branches.compactMap(\.decoder).filter { !$0.layers.isEmpty }
        let planning = dynamics.map { [value] + $0.all } ?? []
        let learning = (dynamics == nil ? [value] : []) + [decoder].compactMap(\.self) + back + branches.compactMap(\.variance)
        return own + [encoder, mean, core, policy].compactMap(\.self) + branches.compactMap(\.normalizer) + planning
            + [logVariance].compactMap(\.self) + learning + [prior].compactMap(\.self)
    }

    /// What the decoder gives back, part after part, and where each stands in that; of a model without decoder all there is.
    public var explained: [(branch: ModelBranch, columns: Range<Int>)] {
        var (explained, end): ([(ModelBranch, Range<Int>)], Int) = ([], 0)
        for branch in branches where decoder == nil || branch.decoder != nil {
            explained.append((branch, end..<end + branch.scalars.count))
            end += branch.scalars.count
        }
        return explained
    }
    /// Scalars of it: the `D` of the objective.
    public var explainedCount: Int { explained.last?.columns.upperBound ?? 0 }

    /// A name that two parameters would have.
    private var repeatedName: String? {
        guard branches.count > 1 else { return nil }
        var seen: Set<String> = []
        return parts.lazy.flatMap(\.parameters).map(\.name).first { !seen.insert($0).inserted }
    }

    /// Names of the modules, each once.
    public var modules: [String] {
        parts.map(\.module).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Parameters of all parts, padding of their block not counted.
    public var parameterCount: Int { parts.reduce(0) { $1.parameters.reduce($0) { $0 + $1.count } } }
}

extension ModelSpec {
    /// Most numbers of an image between two layers.
    public static let imageLimit = 16 * 1024 * 1024
    /// Most parameters of a model: 4 GiB of them.
    public static let parameterLimit = 1 << 30
    /// Most frames of a stack.
    public static let frameStackLimit = 64

    /// What the encoder sees of an environment, and the decoder gives back: its frames in a stack.
    public func observation(of environment: EnvironmentSpec) -> ObservationSpec {
        environment.observation.stacked(frameStack)
    }

    /// Why the model can't be built for an environment, as a sentence without its end; nil when it can. For specs that are
    /// not trusted too: see `ModelArchitecture`.
    public func validationError(_ environment: EnvironmentSpec) -> String? {
        do {
            _ = try ModelArchitecture(self, environment)
            return nil
        } catch {
            return error.description
        }
    }
}
