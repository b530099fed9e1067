import StarlingCompute

/// How far a prediction is off, each `[rows]`.
struct Errors {
    let latent: Node
    let reward: Node
    let ending: Node
}

/// What is learned where a step can lead to several things: that what came is likely, whichever of them it was,
/// `−τ·log Σ_k p_k·exp(−E_k/τ)` with the error E_k of each. It is the likelihood of a mixture, whose chance codes no encoder need tell: which
/// of its outcomes came has the exact posterior `p_k·exp(−E_k/τ) / Σ` (Bishop 1994, "Mixture density networks").
struct Mixture {
    /// `[rows]`.
    let loss: Node
    /// The posterior, by which no derivative is made, `[rows]` each.
    private let shares: [Node]

    /// - Parameters:
    ///   - logProbabilities: of the outcomes, `[rows, K]`.
    ///   - side: weight of reward and ending beside the latent.
    ///   - temperature: τ, an error that makes an outcome e times less likely.
    init(_ g: inout Graph, _ errors: [Errors], _ logProbabilities: Node, side: Float, temperature: Float) {
        let energies = errors.map { error in
            g.reshape(g.add(error.latent, g.scale(g.add(error.reward, error.ending), side)), [1])
        }
        let scores = g.subtract(logProbabilities, g.scale(g.concatenate(energies), 1 / temperature))
        let shares = g.logSoftmax(scores)
        // log Σ exp s = s₀ − log softmax(s)₀.
        loss = g.scale(g.subtract(g.feature(shares, 0), g.feature(scores, 0)), temperature)
        let posterior = g.exp(g.gate(shares, open: false))
        self.shares = errors.indices.map { g.feature(posterior, $0) }
    }

    /// Of something by outcome, `[rows]` or `[rows, Z]`.
    func mean(_ g: inout Graph, _ outcomes: [Node]) -> Node {
        let parts = zip(outcomes, shares).map { outcome, share in
            g.multiply(outcome, outcome.shape.dims.isEmpty ? share : g.repeatFeatures(share, outcome.shape.dims))
        }
        return parts.dropFirst().reduce(parts[0]) { g.add($0, $1) }
    }

    func mean(_ g: inout Graph, _ errors: [Errors]) -> Errors {
        Errors(latent: mean(&g, errors.map(\.latent)), reward: mean(&g, errors.map(\.reward)), ending: mean(&g, errors.map(\.ending)))
    }
}
