package import StarlingCompute

/// One of the models that measurements speak of: a latent policy with all its losses, built with the graph's vocabulary alone,
/// so that `compare-pytorch` can build the same.
package struct ReferenceModel: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// 4 observations, 64-64, 8 latents.
        case mlp
        /// 10×10×4: convolution 16 3×3, 128 features, and the mirror.
        case minatar
        /// 84×84×4: the encoder of Mnih et al. 2015 and its mirror.
        case nature
        /// 64×64×3: Ha & Schmidhuber 2018.
        case worldModels = "world-models"
        /// 84×84×4: the deep residual encoder of Espeholt et al. 2018 and its mirror.
        case impalaDeep = "impala-deep"
    }

    package let kind: Kind
    package private(set) var graph = Graph()
    /// Images as bytes, vectors as floats.
    package private(set) var image: Port<UInt8>?
    package private(set) var vector: Port<Float>?
    package let noise: Port<Float>?
    package let action: Port<Int32>?
    package let advantage: Port<Float>?
    package let target: Port<Float>?
    package let logits: Port<Float>
    package let loss: Port<Float>?
    package let actions: Int

    /// - Parameter isTraining: with decoder, losses and derivatives; otherwise the policy alone.
    package init(_ kind: Kind, isTraining: Bool) {
        self.kind = kind
        let rows: Rows = isTraining ? .unroll : .acting
        let latents = kind == .mlp ? 8 : 32
        actions = kind == .mlp ? 2 : kind == .worldModels ? 3 : 6
        var layers = ReferenceLayers(graph: Graph())
        let observation: Node
        if let dims = kind.imageDims {
            let port = layers.graph.input("observation", Shape(rows: rows, dims: dims), UInt8.self)
            (image, vector) = (port, nil)
            observation = layers.graph.toFloat(port, scale: 1 / 255)
        } else {
            let port = layers.graph.input("observation", .perRow(rows, 4), Float.self)
            (image, vector) = (nil, port)
            observation = port.node
        }
        let features = layers.encode(kind, observation)
        let mean = layers.linear("mean", features, latents)
        let policy = layers.linear("policy", mean, actions)
        logits = layers.graph.output("logits", policy)
        guard isTraining else {
            (noise, action, advantage, target, loss) = (nil, nil, nil, nil, nil)
            graph = layers.graph
            return
        }
        let logVariance = layers.linear("logVariance", features, latents)
        let noise = layers.graph.input("noise", .perRow(rows, latents), Float.self)
        let action = layers.graph.input("action", .perRow(rows), Int32.self)
        let advantage = layers.graph.input("advantage", .perRow(rows), Float.self, stage: .backward)
        let target = layers.graph.input("target", .perRow(rows), Float.self, stage: .backward)
        let deviation = layers.graph.exp(layers.graph.scale(logVariance, 0.5))
        let sample = layers.graph.add(mean, layers.graph.multiply(deviation, noise.node))
        let reconstruction = layers.decode(kind, sample)
        let value = layers.linear("value", mean, 1)

        var g = layers.graph
        let error = g.sum(g.square(g.subtract(reconstruction, observation)), over: .features)
        let kl = g.scale(
            g.sum(g.subtract(g.add(g.square(mean), g.exp(logVariance)), g.offset(logVariance, 1)), over: .features), 0.5)
        let logProbabilities = g.logSoftmax(policy)
        let chosen = g.multiply(g.gather(logProbabilities, indices: action), advantage.node)
        let entropy = g.negate(g.sum(g.multiply(g.exp(logProbabilities), logProbabilities), over: .features))
        let difference = g.square(g.subtract(g.sum(value, over: .features), target.node))
        var perRow = g.subtract(g.add(error, kl), chosen)
        perRow = g.add(g.subtract(perRow, g.scale(entropy, 0.01)), g.scale(difference, 0.5))
        let total = g.scale(g.sum(perRow, over: .rows), 1 / 64)
        loss = g.output("loss", total)
        g.differentiate(total)
        (self.noise, self.action, self.advantage, self.target) = (noise, action, advantage, target)
        graph = g
    }

    /// Reproducible inputs.
    package func fill(_ plan: Plan) {
        var state: UInt32 = 1
        func next() -> UInt32 {
            state = state &* 1_664_525 &+ 1_013_904_223
            return state >> 8
        }
        func floats(_ port: Port<Float>?) {
            guard let port else { return }
            plan.write(port) { for index in $0.indices { $0[index] = Float(next() % 2001) / 1000 - 1 } }
        }
        if let image { plan.write(image) { for index in $0.indices { $0[index] = UInt8(next() % 256) } } }
        for port in [vector, noise, advantage, target] { floats(port) }
        if let action { plan.write(action) { for index in $0.indices { $0[index] = Int32(next() % UInt32(actions)) } } }
    }
}

extension ReferenceModel.Kind {
    var imageDims: [Int]? {
        switch self {
        case .mlp: nil
        case .minatar: [4, 10, 10]
        case .nature, .impalaDeep: [4, 84, 84]
        case .worldModels: [3, 64, 64]
        }
    }

    /// Rows of the training steps that are measured.
    package var batches: [Int] {
        switch self {
        case .worldModels: [64, 256]
        case .impalaDeep: [160]
        default: [640]
        }
    }
}
