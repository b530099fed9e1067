extension EnvironmentSpec {
    /// Ids that the numbers of an observation can be, where they are ids: 0 up to the limit.
    public var idCount: Int { Int(observationLimit) + 1 }

    /// Most ids of a table.
    public static let idLimit = 1 << 20
}

extension ModelSpec {
    /// Why numbers of this environment's observations can't be embedded, as a sentence without its end; nil when they can.
    func embeddingFault(_ environment: EnvironmentSpec) -> String? {
        guard let embedding, (1...65_536).contains(embedding) else { return "embeddings are 1 to 65536 numbers wide" }
        guard environment.observationLimit >= 1, environment.observationLimit < Float(EnvironmentSpec.idLimit) else {
            return
                "\(environment.name) says that its observations reach \(environment.observationLimit), and only ids up to \(EnvironmentSpec.idLimit - 1) have embeddings: its observationLimit must be the largest"
        }
        guard observationScale.isEmpty, !normalizesObservations else {
            return "ids are neither scaled nor normalised: leave the observation scale empty and don't normalise"
        }
        guard !representation.hasDecoder else { return "no decoder gives ids back: the representation must be none or predict" }
        if case .dense = encoder { return nil }
        return "behind embeddings the encoder takes dense layers only"
    }
}

extension ModelPart {
    /// Adds a table of embeddings, which begin as N(0, 0.1²).
    mutating func embedding(_ width: Int, of count: Int) {
        append(
            .embedding, to: [self.width * width],
            [ParameterSpec("\(name).embedding.weight", [count, width], .normal(deviation: 0.1))])
    }
}
