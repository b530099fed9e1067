import StarlingConfiguration
import StarlingExperience

extension RunSettings.Model {
    /// What a recipe says of one part of observations of several; what it doesn't say is chosen by the part.
    package struct Branch: Sendable, Equatable {
        /// Who has to do with the part.
        package enum Role: String, CaseIterable, Sendable {
            case both, input, target, aside

            var isEncoded: Bool { self == .both || self == .input }
            var isDecoded: Bool { self == .both || self == .target }
        }

        package var role: Role = .both
        package var channels: [Int]?
        package var kernels = [3]
        package var strides = [1]
        package var paddings = [0]
        package var residual: [Int] = []
        package var blocks = [2]
        package var dense: [Int]?
        package var decoder: [Int]?
        package var scale: Float?
        package var isNormalized: Bool?
        package var likelihood: Likelihood?
        package var weight: Float = 1

        package init() {}
    }

    /// Branches for the parts of an environment's observations; none where these are one array.
    func branches(for environment: EnvironmentSpec) -> [ModelSpec.Branch] {
        environment.observation.parts.map { part in
            let own = encoders[part.name] ?? Branch()
            let likelihood =
                own.likelihood ?? (part.scalar == .float32 ? .normal : self.likelihood == .normal ? .sigmoidNormal : self.likelihood)
            let encoder = trunk(own, for: part)
            return ModelSpec.Branch(
                part.name, encoder: own.role.isEncoded ? encoder : nil,
                decoder: own.role.isDecoded ? decoderTrunk(own, encoder, for: part) : nil,
                scale: own.scale ?? (part.scalar == .uint8 && likelihood != .bernoulli ? 255 : 1),
                isNormalized: normalizes(own, part, likelihood), likelihood: spec(of: likelihood), weight: own.weight)
        }
    }

    /// p(o|z) with the variance that the keys say.
    func spec(of likelihood: Likelihood) -> ModelSpec.Likelihood {
        let variance = variance.map { ModelSpec.Likelihood.Variance.fixed($0) } ?? .learned
        return switch likelihood {
        case .normal: .normal(variance: variance)
        case .sigmoidNormal: .normal(variance: variance, mean: .sigmoid)
        case .bernoulli: .bernoulli
        }
    }

    private func normalizes(_ own: Branch, _ part: ObservationSpec.Part, _ likelihood: Likelihood) -> Bool {
        own.isNormalized ?? (part.scalar == .float32 && own.scale == nil && likelihood == .normal && normalizesObservations != false)
    }

    /// Images are convolved, as the keys of the part say, or else those of the model, or else as suits their size.
    private func trunk(_ own: Branch, for part: ObservationSpec.Part) -> ModelSpec.Trunk {
        let dense = own.dense ?? encoder
        guard part.isImage else { return .dense(dense) }
        if !own.residual.isEmpty { return .residual(Self.sections(own.residual, own.blocks), dense: dense) }
        if let channels = own.channels {
            return channels.isEmpty
                ? .dense(dense) : .convolutional(Self.layers(channels, own.kernels, own.strides, own.paddings), dense: dense)
        }
        if !residual.channels.isEmpty { return .residual(Self.sections(residual.channels, residual.blocks), dense: dense) }
        let keys = convolutions
        let layers =
            keys.channels.isEmpty
            ? Self.layers(for: part) : Self.layers(keys.channels, keys.kernels, keys.strides, keys.paddings)
        return layers.isEmpty ? .dense(dense) : .convolutional(layers, dense: dense)
    }

    private func decoderTrunk(_ own: Branch, _ encoder: ModelSpec.Trunk, for part: ObservationSpec.Part) -> ModelSpec.Trunk {
        if let widths = own.decoder ?? decoder { return .dense(widths) }
        return own.role == .both && encoder.hasMirror(for: part) ? .mirrored : .dense((own.dense ?? self.encoder).reversed())
    }

    /// Of large images those of the Nature DQN (Mnih et al. 2015), of the smallest that of MinAtar (Young & Tian 2019).
    private static func layers(for part: ObservationSpec.Part) -> [ModelSpec.Convolution] {
        switch min(part.shape[1], part.shape[2]) {
        case 36...: [.init(32, kernel: 8, stride: 4), .init(64, kernel: 4, stride: 2), .init(64, kernel: 3)]
        case 12...: [.init(16, kernel: 4, stride: 2), .init(32, kernel: 3, stride: 2)]
        case 3...: [.init(16, kernel: 3)]
        default: []
        }
    }

    /// What the keys of parts say that can't be, as a sentence; nil when it can.
    func partFault(_ environment: EnvironmentSpec) -> String? {
        let parts = environment.observation.parts
        for name in encoders.keys.sorted() where !parts.contains(where: { $0.name == name }) {
            guard !parts.isEmpty else {
                return "model.encoders.\(name): observations of \(environment.name) are one array, which model.encoder and its like are for"
            }
            let hint = NearestName.hint(for: name, among: parts.map(\.name)).map { "; did you mean \($0)?" } ?? "."
            return
                "model.encoders.\(name): observations of \(environment.name) have no such part\(hint) They are \(environment.observation)"
        }
        guard !parts.isEmpty else { return nil }
        if !observationScale.isEmpty {
            return
                "model.observation_scale is of one array, and observations of \(environment.name) have parts: set model.encoders.\(parts[0].name).scale"
        }
        if !deconvolutions.channels.isEmpty {
            return
                "model.deconvolutions is of one image, and observations of \(environment.name) have parts, whose decoders mirror their encoders"
        }
        for part in parts {
            let own = encoders[part.name] ?? Branch()
            let place = "model.encoders.\(part.name)"
            let lists = [("kernels", own.kernels), ("strides", own.strides), ("paddings", own.paddings)]
            if let channels = own.channels, let list = lists.first(where: { $0.1.count != 1 && $0.1.count != channels.count }) {
                return
                    "\(place).\(list.0) has \(list.1.count) numbers, and \(place).channels \(channels.count): give one for each layer or one for all"
            }
            if own.blocks.count != 1, own.blocks.count != own.residual.count {
                return
                    "\(place).blocks has \(own.blocks.count) numbers, and \(place).residual \(own.residual.count): give one for each or one for all"
            }
            if !own.role.isEncoded, own.channels?.isEmpty == false || !own.residual.isEmpty {
                return "\(place) has convolutions, and no encoder sees the role \(own.role.rawValue): leave its channels out"
            }
            if !part.isImage, own.channels?.isEmpty == false || !own.residual.isEmpty {
                return "\(place) has convolutions, and \(part.name) is \(part.shape), no image [C, H, W]: leave its channels out"
            }
            if let likelihood = own.likelihood, likelihood != .normal, normalizes(own, part, likelihood) {
                return "\(place).likelihood is of numbers in 0…1, and normalised ones leave that: set \(place).normalize to false"
            }
        }
        return nil
    }
}

extension RunSettings.Model {
    /// A map of the parts' names, each with a map of keys.
    static let encodersKey = Key<Self>(
        name: "encoders",
        reason: """
            How each part of observations of several is encoded, by its name: {camera: {channels: [16, 32], kernels: [8, 4], strides: \
            [4, 2]}, vector: {dense: [64]}}; \(Branch.keys.keys.map { "\($0.name): \($0.reason)" }.joined(separator: "; ")).
            """,
        allowed: "a map of names, each a map of " + Branch.keys.keys.map(\.name).joined(separator: ", "),
        store: { _, _ in false },
        print: { model in
            let names = model.encoders.keys.sorted()
            return "{" + names.map { "\($0): {\(model.encoders[$0]!.text)}" }.joined(separator: ", ") + "}"
        },
        storeMember: { member, value, model in
            guard let dot = member.lastIndex(of: ".") else { return false }
            let (name, word) = (String(member[..<dot]), String(member[member.index(after: dot)...]))
            var branch = model.encoders[name] ?? Branch()
            guard (try? Branch.keys.apply([Setting(name: word, value: value, place: "")], to: &branch)) != nil else { return false }
            model.encoders[name] = branch
            return true
        })
}

extension RunSettings.Model.Branch {
    static let keys = KeyTable<Self>([
        .choice(
            "role", \.role,
            """
            both: encoded and decoded; input: not decoded; target: not encoded, so that only training needs it (privileged information); \
            aside: neither, for objectives that want it
            """),
        Key<[Int]>.integers("channels", \.self, in: 1...65_536, "of its convolutions, [] for none; auto: by the size of the image")
            .optional("auto", at: \.channels, from: []),
        .integers("kernels", \.kernels, in: 1...256, "of the channels that are told"),
        .integers("strides", \.strides, in: 1...256, "likewise"),
        .integers("paddings", \.paddings, in: 0...256, "likewise"),
        .integers("residual", \.residual, in: 1...65_536, "channels of residual sections in the place of convolutions"),
        .integers("blocks", \.blocks, in: 0...64, "of each of these"),
        Key<[Int]>.integers("dense", \.self, in: 1...65_536, "widths of the layers behind; auto: model.encoder")
            .optional("auto", at: \.dense, from: []),
        Key<[Int]>.integers("decoder", \.self, in: 1...65_536, "widths of its decoder; auto: model.decoder, or the encoder backwards")
            .optional("auto", at: \.decoder, from: []),
        Key<Float>.number("scale", \.self, in: ModelSpec.Branch.scales, "divides its numbers; auto: 255 of bytes, nothing of floats")
            .optional("auto", at: \.scale, from: 1),
        Key<Bool>.boolean("normalize", \.self, "whether running statistics do; auto: of floats without a scale")
            .optional("auto", at: \.isNormalized, from: false),
        Key<RunSettings.Model.Likelihood>.choice(
            "likelihood", \.self, "p(part|z); auto: normal of floats, of bytes model.likelihood, or sigmoid_normal where that is normal"
        ).optional("auto", at: \.likelihood, from: .normal),
        .number("weight", \.weight, in: ModelSpec.Branch.weights, "of its −log p in the loss"),
    ])

    /// What is otherwise than at first, as a map without its braces.
    fileprivate var text: String {
        let defaults = Self()
        return Self.keys.keys.map(\.name).compactMap { name in
            let own = Self.keys.text(of: name, in: self)
            return own == Self.keys.text(of: name, in: defaults) ? nil : "\(name): \(own)"
        }.joined(separator: ", ")
    }
}
