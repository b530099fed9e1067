import StarlingCompute
import StarlingThreads

/// A small latent policy with all its losses: what the learner will build, for tests of whole graphs.
struct JointModel {
    var graph = Graph()
    let observation: Port<Float>
    let key: Port<UInt64>
    let step: Port<UInt64>
    let environment: Port<UInt32>
    let action: Port<Int32>
    let klWeight: Port<Float>
    let advantage: Port<Float>
    let target: Port<Float>
    let weight: Port<Float>
    let logits: Port<Float>
    let values: Port<Float>
    let losses: [Port<Float>]
    /// The node of the total loss.
    let loss: Node
    let observationCount: Int
    let actionCount: Int

    init(
        rows: Rows = .samples, observations: Int = 4, hidden: [Int] = [64, 64], latents: Int = 8, actions: Int = 2,
        isTanh: Bool = false, differentiates: Bool = true
    ) {
        observationCount = observations
        actionCount = actions
        var g = Graph()
        func dense(_ name: String, _ x: Node, _ count: Int) -> Node {
            let weight = g.parameter("\(name).weight", [count, x.shape.width], .orthogonal(gain: 1.4))
            let bias = g.parameter("\(name).bias", [count], .constant(0.01))
            return g.linear(x, weight: weight, bias: bias)
        }
        func trunk(_ name: String, _ x: Node) -> Node {
            var x = x
            for (index, count) in hidden.enumerated() {
                x = dense("\(name).\(index)", x, count)
                x = isTanh ? g.tanh(x) : g.relu(x)
            }
            return x
        }
        observation = g.input("observation", .perRow(rows, observations), Float.self)
        key = g.input("key", .perRow(rows), UInt64.self)
        step = g.input("step", .perRow(rows), UInt64.self)
        environment = g.input("environment", .perRow(rows), UInt32.self)
        action = g.input("action", .perRow(rows), Int32.self)
        klWeight = g.input("klWeight", .scalar, Float.self)
        advantage = g.input("advantage", .perRow(rows), Float.self, stage: .backward)
        target = g.input("target", .perRow(rows), Float.self, stage: .backward)
        let weight = g.input("weight", .perRow(rows), Float.self, stage: .backward)

        self.weight = weight

        let scaled = g.scaleFeatures(observation.node, by: (0..<observations).map { 1 / Float($0 + 1) })
        let features = trunk("encoder", scaled)
        let mean = dense("mean", features, latents)
        let logVariance = g.clamp(dense("logVariance", features, latents), -10...4)
        let noise = g.gaussian(key: key, step: step, environment: environment, count: latents, draw: 0)
        let deviation = g.exp(g.scale(logVariance, 0.5))
        let sample = g.add(mean, g.multiply(deviation, noise))

        let policy = dense("policy", mean, actions)
        let value = g.sum(dense("value", g.gate(mean, open: true), 1), over: .features)
        logits = g.output("logits", policy)
        values = g.output("values", value)
        let logProbabilities = g.logSoftmax(policy)

        let decoded = dense("decoder.out", trunk("decoder", sample), observations)
        let error = g.square(g.subtract(scaled, decoded))
        let reconstruction = g.scale(g.sum(error, over: .features), 5)
        let kl = g.scale(
            g.sum(
                g.subtract(
                    g.add(g.square(mean), g.exp(logVariance)), g.offset(logVariance, 1)), over: .features), 0.5)
        let free = g.atLeast(kl, 0.05)
        let elbo = g.add(reconstruction, g.multiply(free, scalar: klWeight.node))

        let chosen = g.gather(logProbabilities, indices: action)
        let policyGradient = g.negate(g.multiply(chosen, advantage.node))
        let entropy = g.negate(g.sum(g.multiply(g.exp(logProbabilities), logProbabilities), over: .features))
        let valueError = g.scale(g.square(g.subtract(value, target.node)), 0.5)
        func weighted(_ perRow: Node) -> Node { g.sum(g.multiply(perRow, weight.node), over: .rows) }
        let terms = [weighted(policyGradient), weighted(valueError), weighted(entropy), weighted(elbo)]
        var total = g.add(terms[0], g.scale(terms[1], 0.25))
        total = g.subtract(total, g.scale(terms[2], 0.01))
        total = g.add(total, g.scale(terms[3], 0.5))
        loss = total
        losses = (terms + [total]).enumerated().map { g.output("loss \($0.offset)", $0.element) }
        if differentiates { g.differentiate(total) }
        graph = g
    }

    func plan(rows: Int, device: any Device = CPUDevice(), team: WorkerTeam? = nil, tuning: Tuning = .fixed) throws -> Plan {
        let plan = try Plan(graph, rows: [.samples: rows], device: device, team: team, tuning: tuning)
        fill(plan)
        return plan
    }

    /// Reproducible inputs that depend on the row alone.
    func fill(_ plan: Plan) {
        func floats(_ port: Port<Float>, _ seed: UInt64, _ scale: Float = 1) {
            var random = TestRandom(seed: seed)
            plan.write(port) { for index in $0.indices { $0[index] = Float.random(in: -scale...scale, using: &random) } }
        }
        floats(observation, 1, 2)
        floats(advantage, 2)
        floats(target, 3)
        plan.write(weight) { buffer in for row in buffer.indices { buffer[row] = row % 7 == 3 ? 0 : 1 / Float(buffer.count) } }
        plan.write(key) { for row in $0.indices { $0[row] = UInt64(row % 5) &* 0x1234_5678_9ABC_DEF1 } }
        plan.write(step) { for row in $0.indices { $0[row] = UInt64(row) + 1 << 33 } }
        plan.write(environment) { for row in $0.indices { $0[row] = UInt32(row % 8) } }
        plan.write(action) { for row in $0.indices { $0[row] = Int32(row % actionCount) } }
        plan.write(klWeight) { $0[0] = 0.3 }
    }
}
