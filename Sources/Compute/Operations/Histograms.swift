// A number as a distribution over bins, to be learned by cross-entropy. None of this has kernels: it is composed from other
// operations, which are fused into one pass, and differentiated as such.

/// Distributions over bins that stand for a number, and the number that one stands for.
enum Histogram: Sampled {
    package static var samples: [Sample] {
        [(1, 3), (7, 5), (33, 17), (300, 51)].flatMap { rows, count in
            let number = Sample.Input(.perRow(.samples), .float(-3...3))
            let logits = Sample.Input(.perRow(.samples, count), .float(-4...4))
            let middle = Float(count / 2)
            // Wider apart the farther from 0, up to ±2.
            let atoms = (0..<count).map { (Float($0) - middle) * (1 + abs(Float($0) - middle)) * 2 / (middle * (1 + middle)) }
            let edges = (0...count).map { Float($0) * 4 / Float(count) - 2 }
            return [
                Sample("two-hot \(rows)×\(count)", rows: rows, [number]) { $0.twoHot($1[0], atoms: atoms) },
                Sample("histogram of a Normal \(rows)×\(count)", rows: rows, [number]) {
                    $0.gaussianHistogram($1[0], edges: edges, deviation: 3 / Float(count))
                },
                Sample("mean of bins \(rows)×\(count)", rows: rows, [logits]) {
                    $0.symmetricMean(logProbabilities: $0.logSoftmax($1[0]), atoms: atoms)
                },
                Sample("cross-entropy of bins \(rows)×\(count)", rows: rows, [number, logits]) {
                    $0.crossEntropy(of: $0.twoHot($1[0], atoms: atoms), logProbabilities: $0.logSoftmax($1[1]))
                },
            ]
        }
    }
}

extension Graph {
    /// The two-hot encoding (Bellemare et al. 2017, "A distributional perspective on reinforcement learning", eq. 7; Imani & White
    /// 2018, "Improving regression performance with distributional losses"): the two atoms about a number share 1 so that their mean
    /// is the number; beyond the outermost all is theirs. `[R] → [R, K]`.
    /// - Parameter atoms: K numbers that grow, two at least.
    public mutating func twoHot(_ number: Node, atoms: [Float]) -> Node {
        guard atoms.count > 1, let first = atoms.first, let last = atoms.last else { fatalError("two-hot of \(atoms.count) atoms") }
        let range = last - first
        // How much lies below each atom: below the first nothing, and below one more, far off, all.
        let gaps = [range] + zip(atoms, atoms.dropFirst()).map { $1 - $0 } + [range / 2]
        let below = distances(clamp(number, first...last), to: atoms + [last + range], in: gaps)
        return differences(clamp(below, 0...1))
    }

    /// The mass of N(number, deviation²) in each of K bins, of that within their range (Imani & White 2018, section 3; HL-Gauss in
    /// Farebrother et al. 2024, "Stop regressing: training value functions via classification", section 3.1). Numbers beyond the range
    /// are brought to its end. `[R] → [R, K]`.
    /// - Parameter edges: K + 1 numbers that grow.
    public mutating func gaussianHistogram(_ number: Node, edges: [Float], deviation: Float) -> Node {
        guard edges.count > 1, let first = edges.first, let last = edges.last else { fatalError("bins with \(edges.count) edges") }
        let unit = deviation * Float(2).squareRoot()
        let below = erf(distances(clamp(number, first...last), to: edges, in: edges.map { _ in unit }))
        let count = edges.count - 1
        let ends = subtract(slice(below, features: count..<count + 1), slice(below, features: 0..<1))
        return divide(differences(below), repeatFeatures(sum(ends, over: .features), [count]))
    }

    /// Σ p·atom of atoms that lie about 0, `[R, K] → [R]`. Each is weighed against its opposite first: far atoms of equal
    /// probability leave nothing of themselves, however large they are (Hafner et al. 2025, "Mastering diverse control tasks through
    /// world models", Methods, sums both sides by themselves for that).
    /// - Parameter atoms: K numbers, an odd number of them, the one at i from the end the negative of that at i.
    public mutating func symmetricMean(logProbabilities: Node, atoms: [Float]) -> Node {
        let (count, middle) = (atoms.count, atoms.count / 2)
        demand(
            count > 1 && count % 2 == 1 && atoms.indices.allSatisfy { atoms[$0] == -atoms[count - 1 - $0] },
            "\(count) atoms that don't lie about 0")
        let probabilities = exp(logProbabilities)
        let negative = reverseFeatures(slice(probabilities, features: 0..<middle))
        let balance = subtract(slice(probabilities, features: middle + 1..<count), negative)
        return sum(scaleFeatures(balance, by: Array(atoms[(middle + 1)...])), over: .features)
    }

    /// −Σ p·log q, `[R, K], [R, K] → [R]`, in nats.
    public mutating func crossEntropy(of probabilities: Node, logProbabilities: Node) -> Node {
        negate(sum(multiply(probabilities, logProbabilities), over: .features))
    }

    /// (place − number)/unit for each place, `[R] → [R, places]`.
    private mutating func distances(_ number: Node, to places: [Float], in units: [Float]) -> Node {
        guard let rows = number.shape.rows, number.shape.dims.isEmpty else { fatalError("a number per row, not \(number.shape)") }
        let table = apply(TableOperation(values: places))
        let distance = subtract(repeatRows(table, rows), repeatFeatures(number, [places.count]))
        return scaleFeatures(distance, by: units.map { 1 / $0 })
    }

    /// x[i + 1] − x[i], `[R, K + 1] → [R, K]`.
    private mutating func differences(_ x: Node) -> Node {
        let count = x.shape.width - 1
        return subtract(slice(x, features: 1..<count + 1), slice(x, features: 0..<count))
    }
}
