import StarlingCompute

/// A perceptron with one hidden layer that learns to tell two classes apart by their log odds.
struct Classifier {
    private let plan: Plan
    private let parameters: ParameterBank
    private let input: Port<Float>  // [rows, D]
    private let label: Port<Float>  // [rows], 1 or 0
    private let score: Port<Float>  // [rows]
    private let width: Int
    private let rows: Int

    private static let hiddenWidth = 32
    private static let batchRows = 256
    /// About 40 epochs of 2 · 2,048 rows: well under a second for vectors.
    private static let steps = 600
    private static let rate: Float = 0.005
    /// With little data the weights should stay small rather than learn rows by heart.
    private static let rule = UpdateRule.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05)

    /// Learns from rows of which the first `positives` are of one class and the others of the other.
    /// - Parameter data: standardised.
    init(
        _ data: Matrix, positives: Int, _ draws: inout Draws, seed: UInt64, _ compute: ComputeContext
    ) throws(ComputeError) {
        width = data.columns
        rows = min(Self.batchRows, data.rows)
        var g = Graph()
        input = g.input("input", .perRow(.samples, width), Float.self)
        label = g.input("label", .perRow(.samples), Float.self)
        let first = g.parameter("hidden.weight", [Self.hiddenWidth, width], .orthogonal(gain: 1))
        let second = g.parameter("output.weight", [1, Self.hiddenWidth], .orthogonal(gain: 1))
        let hidden = g.relu(
            g.linear(input.node, weight: first, bias: g.parameter("hidden.bias", [Self.hiddenWidth], .zeros)))
        let logit = g.sum(g.linear(hidden, weight: second, bias: g.parameter("output.bias", [1], .zeros)), over: .features)
        score = g.output("score", logit)
        // −log p(label) = softplus(y) − label·y for the log odds y.
        let loss = g.sum(g.subtract(g.softplus(logit), g.multiply(label.node, logit)), over: .rows)
        let gradients = g.differentiate(g.scale(loss, 1 / Float(rows)))
        plan = try Plan(g, rows: [.samples: rows], compute)
        parameters = ParameterBank(g.layout, seed: seed)
        fit(data, positives, gradients, &draws)
    }

    private func fit(_ data: Matrix, _ positives: Int, _ gradients: Gradients, _ draws: inout Draws) {
        let state = [ParameterBank(plan.layout), ParameterBank(plan.layout)]
        var (order, next) = ([Int](), 0)
        for step in 1...Self.steps {
            if next + rows > order.count { (order, next) = (draws.permutation(data.rows), 0) }
            let batch = order[next..<next + rows]
            next += rows
            write(data, batch)
            plan.write(label) { for (row, source) in zip(0..., batch) { $0[row] = source < positives ? 1 : 0 } }
            plan.run(.forward, with: parameters)
            plan.run(.backward, with: parameters)
            // The rate falls to 0, so that the last steps average the noise of the batches.
            let rate = Self.rate * (1 - Float(step - 1) / Float(Self.steps))
            plan.apply(
                UpdateStep(Self.rule, rate: rate, scale: 1, number: UInt64(step)), to: parameters, gradients, state: state,
                over: plan.layout.ranges(of: .all))
        }
    }

    /// Log odds of every row.
    func scores(_ data: Matrix) -> [Float] {
        var scores: [Float] = []
        for start in stride(from: 0, to: data.rows, by: rows) {
            let batch = start..<min(start + rows, data.rows)
            write(data, batch)
            plan.run(.forward, with: parameters, rows: batch.count)
            scores += plan.read(score) { $0.prefix(batch.count) }
        }
        return scores
    }

    private func write(_ data: Matrix, _ rows: some Sequence<Int>) {
        plan.write(input) { target in
            for (row, source) in zip(0..., rows) {
                for column in 0..<width { target[row * width + column] = data.values[source * width + column] }
            }
        }
    }
}
