import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// What heads and decoder make of latents, for some rows; of a recurrent core as at the beginning of an episode.
struct HeadsPlan {
    /// Row by row.
    struct Output {
        let kind: LatentView.PolicyKind
        fileprivate let width: Int
        fileprivate let logits: [Float]
        /// V; nil where it isn't trained.
        fileprivate let values: [Float]?
        fileprivate let parts: [Int]
        /// Means of p(o|z), `[rows, D]`; nil without a decoder, or where it isn't asked.
        let decoded: Matrix?

        /// Probabilities, action values, or means on the unit scale.
        func policy(_ row: Int) -> [Float] {
            let own = Array(logits[row * width..<(row + 1) * width])
            switch kind {
            case .values: return own
            case .means: return Array(own.prefix(width / 2)).map { min(1, max(-1, $0)) }
            case .probabilities:
                var first = 0
                return parts.flatMap { count -> [Float] in
                    defer { first += count }
                    let part = own[first..<first + count]
                    let largest = part.max() ?? 0
                    let powers = part.map { exp(Double($0 - largest)) }
                    let sum = powers.reduce(0, +)
                    return powers.map { Float($0 / sum) }
                }
            }
        }

        /// The likeliest action, of several parts all of them as one number.
        func action(_ row: Int) -> Int {
            var (first, action) = (row * width, 0)
            for count in parts {
                let best = (0..<count).max { logits[first + $0] < logits[first + $1] } ?? 0
                action = action * count + best
                first += count
            }
            return action
        }

        func value(_ row: Int) -> Float? { kind == .values ? policy(row).max() : values?[row] }
    }

    let kind: LatentView.PolicyKind
    private let plan: Plan
    private let parameters: ParameterBank
    private let latent: Port<Float>
    private let logits: Port<Float>
    private let value: Port<Float>?
    private let decoded: Port<Float>?
    private let policy: LatentPolicy
    private let rows: Int

    /// - Parameters:
    ///   - showsValues: whether V is trained.
    ///   - decodes: whether the decoder is asked, too.
    init(
        _ policy: LatentPolicy, rows: Int, arePolicyValues: Bool, showsValues: Bool, decodes: Bool, _ compute: ComputeContext
    ) throws(ComputeError) {
        (self.policy, self.rows) = (policy, rows)
        kind = policy.environment.action.parts.isEmpty ? .means : arePolicyValues ? .values : .probabilities
        var g = policy.makeGraph()
        latent = g.input("latent", .perRow(.samples, policy.model.latentCount), Float.self)
        var state = latent.node
        if policy.model.core != .none {
            let nothing = g.constant(0, .perRow(.samples, policy.model.core.stateCount))
            state = policy.state(&g, latent.node, after: g.concatenate([latent.node, nothing]))
        }
        let features = policy.features(&g, ofState: state)
        logits = g.output("logits", policy.logits(&g, features))
        value = showsValues ? g.output("value", policy.value(&g, features)) : nil
        decoded = decodes ? policy.decodedMean(&g, latent.node).map { g.output("decoded", $0) } : nil
        plan = try Plan(g, rows: [.samples: rows], compute)
        parameters = ParameterBank(plan.layout)
    }

    /// Computes with these from now on: all of the model's, and maybe others behind them.
    func adopt(_ all: UnsafeBufferPointer<Float>) {
        parameters.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: all.prefix($0.count)) }
    }

    /// - Parameter latents: `[M, Z]`.
    func callAsFunction(_ latents: Matrix) -> Output {
        let d = policy.architecture.explainedCount
        var (logits, values, decoded): ([Float], [Float], [Float]) = ([], [], [])
        let width = policy.environment.action.parameterCount
        for first in stride(from: 0, to: latents.rows, by: rows) {
            let count = min(rows, latents.rows - first)
            plan.write(latent) {
                _ = $0.update(fromContentsOf: latents.values[first * latents.columns..<(first + count) * latents.columns])
            }
            plan.run(.forward, with: parameters, rows: count)
            logits += plan.read(self.logits) { $0.prefix(count * width) }
            if let value { values += plan.read(value) { $0.prefix(count) } }
            if let port = self.decoded { decoded += plan.read(port) { $0.prefix(count * d) } }
        }
        return Output(
            kind: kind, width: width, logits: logits, values: value == nil ? nil : values, parts: policy.environment.action.parts,
            decoded: self.decoded == nil ? nil : Matrix(columns: d, decoded))
    }
}
