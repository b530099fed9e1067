import Glibc
public import StarlingCompute
public import StarlingExperience

/// V(z) of every row, grown into a graph: what states are worth, and how far that is from what they turned out to be.
public struct StateValue: Sendable {
    private enum Form {
        case number
        case bins(logProbabilities: Node, ModelSpec.ValueBins)  // [rows, K]
    }
    private let form: Form
    /// The number, or the mean of the bins. `[rows]`.
    public let mean: Node

    /// - Parameter head: what the value head gives, `[rows, 1]`, with bins `[rows, K]`.
    init(_ g: inout Graph, head: Node, _ bins: ModelSpec.ValueBins?) {
        guard let bins else {
            (form, mean) = (.number, g.sum(head, over: .features))
            return
        }
        let logProbabilities = g.logSoftmax(head)
        form = .bins(logProbabilities: logProbabilities, bins)
        mean = g.symmetricMean(logProbabilities: logProbabilities, atoms: bins.atoms)
    }

    /// ½(V − v)², of bins the cross-entropy from what v is projected to, in nats. `[rows]`.
    /// - Parameter target: v, `[rows]`; no derivative is wanted by it.
    public func loss(_ g: inout Graph, target: Node) -> Node {
        switch form {
        case .number: g.scale(g.square(g.subtract(mean, target)), 0.5)
        case .bins(let logProbabilities, let bins):
            g.crossEntropy(of: bins.project(&g, target), logProbabilities: logProbabilities)
        }
    }
}

extension ModelSpec.ValueBins {
    /// What each bin stands for: the numbers themselves where two share 1, else the middles.
    public var atoms: [Float] {
        let half = count / 2
        return (-half...half).map { place in
            switch projection {
            case .twoHot:
                let distance = expm1(Double(limit) * Double(abs(place)) / Double(half))
                return Float(place < 0 ? -distance : distance)
            case .hlGauss: return Float(place) * (2 * limit / Float(count))
            }
        }
    }

    /// How wide a return's Normal is, of a bin's width: the one that Farebrother et al. 2024 recommend.
    private static let deviation: Float = 0.75

    /// What a return is to be learned as, `[rows] → [rows, K]`.
    public func project(_ g: inout Graph, _ number: Node) -> Node {
        switch projection {
        case .twoHot: return g.twoHot(number, atoms: atoms)
        case .hlGauss:
            let width = 2 * limit / Float(count)
            let edges = (0...count).map { width * (Float($0) - Float(count) / 2) }
            return g.gaussianHistogram(number, edges: edges, deviation: Self.deviation * width)
        }
    }
}
