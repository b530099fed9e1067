import Glibc

// Densities and entropies of action distributions. They have no kernels: they are composed from other operations, which are
// fused into one pass, and differentiated as such.

/// Log-probability of one index per row, and entropy, of softmax(logits).
enum Categorical: Sampled {
    package static var samples: [Sample] {
        [(1, 1), (1, 2), (7, 5), (33, 17), (300, 2)].flatMap { rows, width in
            let logits = Sample.Input(.perRow(.samples, width))
            return [
                Sample(
                    "categorical log-probability \(rows)×\(width)", rows: rows,
                    [logits, .init(.perRow(.samples), .index(below: width))]
                ) { g, x in g.gather(g.logSoftmax(x[0]), indices: Port(node: x[1])) },
                Sample("categorical entropy \(rows)×\(width)", rows: rows, [logits]) { g, x in
                    g.categoricalEntropy(logProbabilities: g.logSoftmax(x[0]))
                },
            ]
        }
    }
}

/// Independent Normals, and the hyperbolic tangents of such.
enum DiagonalGaussian: Sampled {
    package static var samples: [Sample] {
        [(1, 1), (1, 3), (7, 5), (33, 17), (300, 2)].flatMap { rows, width in
            let value = Sample.Input(.perRow(.samples, width))
            let logDeviation = Sample.Input(.perRow(.samples, width), .float(-2...0.5))
            return [
                Sample("gaussian log density \(rows)×\(width)", rows: rows, [value, value, logDeviation]) {
                    $0.gaussianLogDensity($1[0], mean: $1[1], logDeviation: $1[2])
                },
                Sample("tanh gaussian log density \(rows)×\(width)", rows: rows, [value, value, logDeviation]) {
                    $0.tanhGaussianLogDensity($1[0], mean: $1[1], logDeviation: $1[2])
                },
                Sample("gaussian entropy \(rows)×\(width)", rows: rows, [logDeviation]) {
                    $0.gaussianEntropy(logDeviation: $1[0])
                },
                Sample("tanh gaussian entropy \(rows)×\(width)", rows: rows, [value, logDeviation]) {
                    $0.tanhGaussianEntropy(mean: $1[0], logDeviation: $1[1])
                },
            ]
        }
    }

    /// The positive half of the eight places and weights of Gauss and Hermite's quadrature for E f(ε), ε ~ N(0, 1): zeros of
    /// the Hermite polynomial He₈, and 8!/(8·He₇(x))².
    fileprivate static let quadrature: [(place: Float, weight: Float)] = [
        (0.539_079_811_4, 0.373_012_257_7), (1.636_519_042_4, 0.117_239_907_7), (2.802_485_861_3, 0.009_635_220_12),
        (4.144_547_186_1, 0.000_112_614_538),
    ]
}

extension Graph {
    /// Entropies `[R]` in nats of distributions given as log-probabilities `[R, A]`.
    public mutating func categoricalEntropy(logProbabilities: Node) -> Node {
        negate(sum(multiply(exp(logProbabilities), logProbabilities), over: .features))
    }

    /// log of the density `[R]` of independent Normals at u, everything `[R, K]`.
    public mutating func gaussianLogDensity(_ u: Node, mean: Node, logDeviation: Node) -> Node {
        sum(logDensities(u, mean, logDeviation), over: .features)
    }

    /// log of the density `[R]` of tanh u where u is of independent Normals: log p(u) − Σ log(1 − tanh² u). It takes u, because
    /// a float's tanh cannot be undone near ±1.
    public mutating func tanhGaussianLogDensity(_ u: Node, mean: Node, logDeviation: Node) -> Node {
        // log(1 − tanh² u) = 2·(log 2 − u − softplus(−2u)): no difference of near equals.
        let slope = scale(offset(negate(add(u, softplus(scale(u, -2)))), logf(2)), 2)
        return sum(subtract(logDensities(u, mean, logDeviation), slope), over: .features)
    }

    private mutating func logDensities(_ u: Node, _ mean: Node, _ logDeviation: Node) -> Node {
        let error = multiply(subtract(u, mean), exp(negate(logDeviation)))
        return offset(subtract(scale(square(error), -0.5), logDeviation), -0.5 * logf(2 * .pi))
    }

    /// Differential entropies `[R]` of independent Normals, from log σ `[R, K]`.
    public mutating func gaussianEntropy(logDeviation: Node) -> Node { sum(entropies(logDeviation), over: .features) }

    /// Differential entropies `[R]` of tanh u where u is of independent Normals: H[u] + Σ E log(1 − tanh² u).
    ///
    /// The expectation has no closed form; it is reckoned by quadrature instead of a sample, so it has no noise, and like the
    /// true one the sum falls when σ grows so far that tanh u gathers at ±1, where H[u] alone would grow without end. Off by
    /// less than 0.001 up to σ = 1, 0.03 up to 2 and 0.08 up to e, for each of the K.
    public mutating func tanhGaussianEntropy(mean: Node, logDeviation: Node) -> Node {
        let deviation = exp(logDeviation)
        var expected: Node?
        for (place, weight) in DiagonalGaussian.quadrature {
            for sign in [-1, 1] as [Float] {
                let u = add(mean, scale(deviation, sign * place))
                let term = scale(softplus(scale(u, -2)), weight)
                expected = expected.map { add($0, term) } ?? term
            }
        }
        let slope = scale(offset(negate(add(mean, expected!)), logf(2)), 2)
        return sum(add(entropies(logDeviation), slope), over: .features)
    }

    private mutating func entropies(_ logDeviation: Node) -> Node { offset(logDeviation, 0.5 * (1 + logf(2 * .pi))) }
}
