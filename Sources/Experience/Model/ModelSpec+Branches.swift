extension ModelSpec {
    /// How one part of observations of several is encoded, and decoded.
    public struct Branch: Hashable, Sendable {
        /// The part's.
        public var name: String
        /// The layers of this part alone; nil: no encoder sees the part, so that no policy needs it. One that is decoded is then a target alone, which training has and
        /// acting does not (Vapnik & Vashist 2009, "A new learning paradigm: learning using privileged information").
        public var encoder: Trunk?
        /// From what the shared layers of the decoder give; nil: nothing decodes the part.
        public var decoder: Trunk?
        /// Divides every scalar of the part.
        public var scale: Float
        /// Whether running statistics normalise the part, behind the scale.
        public var isNormalized: Bool
        /// p(part|z).
        public var likelihood: Likelihood
        /// Of −log p(part|z) in the loss: 1 in a likelihood of the whole.
        public var weight: Float

        public init(
            _ name: String, encoder: Trunk?, decoder: Trunk? = .mirrored, scale: Float = 1, isNormalized: Bool = false,
            likelihood: Likelihood, weight: Float = 1
        ) {
            (self.name, self.encoder, self.decoder) = (name, encoder, decoder)
            (self.scale, self.isNormalized) = (scale, isNormalized)
            (self.likelihood, self.weight) = (likelihood, weight)
        }

        /// What `scale` may be.
        public static let scales: ClosedRange<Float> = 1e-6...1e9
        /// What `weight` may be.
        public static let weights: ClosedRange<Float> = 0...1e6
    }

    /// Why branches don't fit an environment's observations, as a sentence without its end; nil when they do.
    func branchFault(_ environment: EnvironmentSpec) -> String? {
        let parts = environment.observation.parts
        guard branches.map(\.name) == parts.map(\.name) else {
            func list(_ names: [String]) -> String { names.isEmpty ? "one array" : names.joined(separator: ", ") }
            return
                "the model is for observations of \(list(branches.map(\.name))), and those of \(environment.name) are \(list(parts.map(\.name)))"
        }
        guard !branches.isEmpty else { return nil }
        if let fault = environment.observation.fault { return fault }
        guard embedding == nil else { return "ids have embeddings where an observation is one array, and this has parts" }
        guard observationScale.isEmpty, !normalizesObservations else { return "observations of several parts are scaled part by part" }
        for branch in branches {
            guard Branch.scales.contains(branch.scale) else { return "the scale of \(branch.name) is \(branch.scale)" }
            guard Branch.weights.contains(branch.weight) else { return "the weight of \(branch.name) is \(branch.weight)" }
        }
        guard branches.contains(where: { $0.encoder != nil }) else { return "the encoder sees no part of the observations" }
        guard !representation.hasDecoder || branches.contains(where: { $0.decoder != nil }) else {
            return "no part of the observations is decoded"
        }
        return nil
    }
}
