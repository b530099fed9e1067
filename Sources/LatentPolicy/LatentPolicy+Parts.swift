package import StarlingCompute
import StarlingExperience

// Observations of several parts: x is one part after the other, and each has an encoder and a decoder of its own.

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
        let parts = architecture.branches.map { $0.encoder(&g, part(&g, x, $0)) }
        return architecture.encoder(&g, parts.count == 1 && model.branches.isEmpty ? parts[0] : g.concatenate(parts))
    }

    /// A part of x, in the dimensions that its branch works on.
    func part(_ g: inout Graph, _ x: Node, _ branch: ModelBranch) -> Node {
        branch.name == nil ? x : g.reshape(g.slice(x, features: branch.scalars), branch.dims)
    }

    /// Parameters of p(part|z) of every part; nil without decoder.
    func decodedParts(_ g: inout Graph, _ z: Node) -> [Node]? {
        guard let decoder = architecture.decoder else { return nil }
        let h = decoder(&g, z)
        return architecture.branches.map { branch in
            let y = branch.decoder.map { $0(&g, h) } ?? h
            if case .normal(_, .sigmoid) = branch.likelihood { return g.sigmoid(y) }
            return y
        }
    }

    /// Means of p(o|z), of a Bernoulli its probabilities: `[rows, Z]` → the dimensions of x. nil without decoder.
    package func decodedMean(_ g: inout Graph, _ z: Node) -> Node? {
        decodedParts(&g, z).map { parts in
            let means = zip(architecture.branches, parts).map { $0.likelihood == .bernoulli ? g.sigmoid($1) : $1 }
            return together(&g, means)
        }
    }

    /// Parts as one, one after the other.
    func together(_ g: inout Graph, _ parts: [Node]) -> Node {
        guard !model.branches.isEmpty else { return parts[0] }
        return g.concatenate(zip(architecture.branches, parts).map { g.reshape($1, [$0.scalars.count]) })
    }
}
