package import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

// Names of inputs and outputs are the same in ONNX, PyTorch and `starling_policy.py`; the page *Take it elsewhere* tells them.

extension PortableModel {
    /// What acts: `observation` (of several parts `observation.NAME`), with memory `state`, with masks `mask` → `action` of the rule
    /// greedy, what it is chosen by, `latent`, and with memory `next_state`.
    /// - Parameter values: what the policy head's numbers mean where they aren't logits of π.
    package static func acting(_ policy: LatentPolicy, values: ActionValues?) throws(ExportError) -> PortableModel {
        let acting = ActingGraph(policy, latentMode: .mean, layoutMode: .mean, plans: true)
        guard let root = acting.root else { preconditionFailure("plans begin somewhere") }
        var g = acting.graph
        var doors = Doors()
        doors.open(acting.observation, policy)
        if let core = acting.core {
            doors.inputs[core.ports.initial.node] = .input(
                Value(name: "state", dims: core.ports.initial.node.shape.dims, hasRows: true))
            // Whoever carries the state zeroes it where an episode begins.
            doors.inputs[core.ports.reset.node] = .zero
        }
        if let mask = acting.mask {
            doors.inputs[mask.port.node] = .input(
                Value(name: "mask", dims: mask.port.node.shape.dims, hasRows: true, scalar: .uint8))
        }
        let logits = acting.logits.node
        switch policy.environment.action {
        case .discrete, .multiDiscrete:
            let parts = policy.environment.action.parts
            doors.choices = [("action", logits, parts)]
            if let values {
                func grown(_ g: inout Graph) -> Node {
                    values.grow(&g, policy, policy.features(&g, ofState: root.state.node), mask: acting.mask)
                }
                doors.outputs.append(("action_values", values.isDueling ? grown(&g) : logits))
            } else {
                var place = 0
                let logProbabilities = parts.map { count in
                    defer { place += count }
                    return g.logSoftmax(g.slice(logits, features: place..<place + count))
                }
                doors.outputs.append(("log_probabilities", g.concatenate(logProbabilities)))
            }
        case .continuous(let low, let high):
            let mean = g.slice(logits, features: 0..<low.count)
            let unit = policy.model.actionDistribution == .gaussian ? g.clamp(mean, -1...1) : g.tanh(mean)
            doors.outputs += [
                ("action", Self.stretched(&g, unit, low, high)), ("mean", mean),
                ("log_deviation", g.slice(logits, features: low.count..<2 * low.count)),
            ]
        }
        doors.outputs.append(("latent", policy.latent(&g, ofState: root.state.node)))
        if let core = acting.core { doors.outputs.append(("next_state", core.states.node)) }
        return try PortableModel(g, doors)
    }

    /// −1 … 1 as the environment has it: `[rows, K]`.
    private static func stretched(_ g: inout Graph, _ unit: Node, _ low: [Float], _ high: [Float]) -> Node {
        func everywhere(_ g: inout Graph, _ values: [Float]) -> Node { g.repeatRows(g.table(values), .acting) }
        let spread = g.scaleFeatures(unit, by: zip(low, high).map { 0.5 * ($1 - $0) })
        let action = g.add(spread, everywhere(&g, zip(low, high).map { 0.5 * ($1 + $0) }))
        return g.minimum(g.maximum(action, everywhere(&g, low)), everywhere(&g, high))
    }

    /// The encoder alone: an observation → `mean`, of a variational one `log_variance`, of categorical latents `mean` is their
    /// probabilities; and `scaled`, what it sees of the observation as the decoder gives it.
    package static func encoder(_ policy: LatentPolicy) throws(ExportError) -> PortableModel {
        var g = policy.makeGraph()
        var doors = Doors()
        let (port, x) = policy.observation(&g, .acting)
        doors.open(port, policy)
        let posterior = policy.encode(&g, x)
        doors.outputs.append(("mean", posterior.mean))
        if let logVariance = posterior.logVariance { doors.outputs.append(("log_variance", logVariance)) }
        doors.outputs.append(("scaled", policy.seen(&g, x)))
        return try PortableModel(g, doors)
    }

    /// The decoder alone: `latent` → `scaled`, means of p(o|z), of a Bernoulli its probabilities, of every part that is decoded; nil where
    /// there is none.
    package static func decoder(_ policy: LatentPolicy) throws(ExportError) -> PortableModel? {
        var g = policy.makeGraph()
        let port = g.input("latent", .perRow(.acting, policy.model.latentCount), Float.self)
        guard let decoded = policy.decodedMean(&g, port.node) else { return nil }
        var doors = Doors()
        doors.inputs[port.node] = .input(Value(name: "latent", dims: port.node.shape.dims, hasRows: true))
        doors.outputs = [("scaled", decoded)]
        return try PortableModel(g, doors)
    }
}

extension PortableModel.Doors {
    /// An observation, of several parts one door each.
    fileprivate mutating func open(_ port: ObservationPort, _ policy: LatentPolicy) {
        let spec = policy.stackedObservation
        let node =
            switch port {
            case .float32(let port): port.node
            case .uint8(let port): port.node
            }
        guard !spec.parts.isEmpty else {
            inputs[node] = .input(.init(name: "observation", dims: node.shape.dims, hasRows: true, scalar: .init(spec.scalar)))
            return
        }
        var parts: [Int: PortableModel.Value] = [:]
        for (index, part) in spec.parts.enumerated() where policy.architecture.branches[index].encoder != nil {
            parts[policy.environment.observation.offset(ofPart: index)] = .init(
                name: "observation.\(part.name)", dims: part.shape, hasRows: true, scalar: .init(part.scalar))
        }
        inputs[node] = .parts(parts)
    }
}

extension PortableModel.Scalar {
    fileprivate init(_ scalar: ObservationSpec.Scalar) { self = scalar == .uint8 ? .uint8 : .float32 }
}
