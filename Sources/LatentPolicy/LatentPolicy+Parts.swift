package import StarlingCompute
import StarlingExperience

// Observations of several parts: x is one part after the other, and each has an encoder and a decoder of its own, or one of them.

extension LatentPolicy {
    /// `observation` of several parts, whose rows are bytes.
    func observedParts(_ g: inout Graph, _ rows: Rows) -> (ObservationPort, Node) {
        let spec = environment.observation
        let port = g.input("observation.\(rows.name)", .perRow(rows, stackedObservation.byteCount), UInt8.self)
        let parts = architecture.branches.enumerated().map { index, branch in
            let (part, scale) = (spec.parts[index], 1 / model.branches[index].scale)
            let (offset, count) = (spec.offset(ofPart: index), part.count)
            let scaled =
                part.scalar == .float32
                ? g.floats(port, at: offset, count: count, frameByteCount: spec.byteCount, scale: scale)
                : g.bytes(port, at: offset, count: count, frameByteCount: spec.byteCount, scale: scale)
            guard let normalizer = branch.normalizer else { return scaled }
            return g.reshape(normalizer(&g, g.reshape(scaled, branch.dims)), [branch.scalars.count])
        }
        return (.uint8(port), g.concatenate(parts))
    }

    /// What the encoder's last hidden layer gives, x → `[rows, N]`.
    func encoded(_ g: inout Graph, _ x: Node) -> Node {
        let parts = architecture.branches.compactMap { branch in branch.encoder.map { $0(&g, part(&g, x, branch)) } }
        return architecture.encoder(&g, parts.count == 1 && model.branches.isEmpty ? parts[0] : g.concatenate(parts))
    }

    /// What of x the encoder sees.
    package func seen(_ g: inout Graph, _ x: Node) -> Node { together(&g, architecture.branches.filter { $0.encoder != nil }, of: x) }

    /// What of x the decoder gives back: all of it where there is none.
    package func explained(_ g: inout Graph, _ x: Node) -> Node { together(&g, architecture.explained.map(\.branch), of: x) }

    private func together(_ g: inout Graph, _ branches: [ModelBranch], of x: Node) -> Node {
        branches.count == architecture.branches.count ? x : together(&g, branches.map { ($0, part(&g, x, $0)) })
    }

    /// A part of x, in the dimensions that its branch works on.
    func part(_ g: inout Graph, _ x: Node, _ branch: ModelBranch) -> Node {
        branch.name == nil ? x : g.reshape(g.slice(x, features: branch.scalars), branch.dims)
    }

    /// The part of x of this name, in the dimensions that its branch works on.
    package func part(_ g: inout Graph, _ x: Node, named name: String) -> Node {
        guard let branch = architecture.branches.first(where: { $0.name == name }) else { fatalError("observations have no part \(name)") }
        return part(&g, x, branch)
    }

    /// Parameters of p(part|z) of every part that is decoded; nil without decoder.
    func decodedParts(_ g: inout Graph, _ z: Node) -> [(branch: ModelBranch, parameters: Node)]? {
        guard let decoder = architecture.decoder else { return nil }
        let h = decoder(&g, z)
        return architecture.explained.map { branch, _ in
            let y = branch.decoder.map { $0(&g, h) } ?? h
            if case .normal(_, .sigmoid) = branch.likelihood { return (branch, g.sigmoid(y)) }
            return (branch, y)
        }
    }

    /// Means of p(o|z), of a Bernoulli its probabilities: `[rows, Z]` → the dimensions of x, or of what is decoded of it. nil without
    /// decoder.
    package func decodedMean(_ g: inout Graph, _ z: Node) -> Node? {
        decodedParts(&g, z).map { parts in
            let means = parts.map { ($0.branch, $0.branch.likelihood == .bernoulli ? g.sigmoid($0.parameters) : $0.parameters) }
            return together(&g, means)
        }
    }

    /// Parts as one, one after the other.
    func together(_ g: inout Graph, _ parts: [(branch: ModelBranch, values: Node)]) -> Node {
        guard !model.branches.isEmpty else { return parts[0].values }
        return g.concatenate(parts.map { g.reshape($0.values, [$0.branch.scalars.count]) })
    }
}
