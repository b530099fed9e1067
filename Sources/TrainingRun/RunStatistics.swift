import Glibc

/// What a policy sees of a training: numbers about its course since the last decision, none of which knows the scale of the loss or the
/// size of the autoencoder. The learning rate stands as it is, for Adam moves parameters by it whatever the gradients' size.
struct RunStatistics {
    static let count = 13

    /// Of a decision's updates.
    private var losses: [Double] = []
    private var gradientNorms: [Double] = []
    /// Σ of the gradients, in the parameters' layout.
    private var direction: [Float]
    private var earlierDirection: [Float]
    /// Mean losses of the decisions so far, the one before the first update in front.
    private var course: [Double]
    /// Mean norms of the last decision, and of the one before.
    private var norms: (last: Double, before: Double)
    private let firstNorm: Double
    private var similarity = 0.0
    private var variation = 0.0

    /// - Parameter first: the first batch as it is before any update.
    init(first: InnerTraining.Update, parameterCount: Int) {
        direction = Array(repeating: 0, count: parameterCount)
        earlierDirection = direction
        course = [first.loss]
        firstNorm = max(1e-12, Double(first.gradientNorm))
        norms = (firstNorm, firstNorm)
    }

    /// Takes what an update told, with its gradients.
    mutating func note(_ told: InnerTraining.Update, _ gradients: UnsafeBufferPointer<Float>) {
        losses.append(told.loss)
        gradientNorms.append(Double(told.gradientNorm))
        direction.withUnsafeMutableBufferPointer { sum in
            for index in sum.indices { sum[index] += gradients[index] }
        }
    }

    /// Ends a decision.
    mutating func close() {
        let count = Double(losses.count)
        let mean = losses.reduce(0, +) / count
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        variation = variance.squareRoot() / mean
        course.append(mean)
        norms = (gradientNorms.reduce(0, +) / count, norms.last)
        similarity = Self.cosine(direction, earlierDirection)
        (direction, earlierDirection) = (earlierDirection, direction)
        direction.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        losses.removeAll(keepingCapacity: true)
        gradientNorms.removeAll(keepingCapacity: true)
    }

    /// Writes what there is to see.
    /// - Parameter progress: share of the decisions that are made.
    func write(_ progress: Double, _ controls: Controls, _ validation: InnerTraining.Judgement, into observation: inout MutableSpan<Float>)
    {
        let (loss, held) = (course.last!, -validation.elbo)
        func gain(over decisions: Int) -> Double { log(loss / course[max(0, course.count - 1 - decisions)]) }
        let numbers = [
            progress,
            log10(Double(controls.rate)) + 2,
            gain(over: 1),
            gain(over: 4),
            log(held / course[0]),
            log(norms.last / firstNorm),
            log(norms.last / norms.before),
            similarity,
            variation,
            validation.divergence / held,
            validation.activeShare,
            (held - loss) / loss,
            log(Double(controls.klWeight)),
        ]
        for (index, number) in numbers.enumerated() { observation[index] = Float(min(10, max(-10, number.isFinite ? number : 0))) }
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        var (dot, first, second) = (0.0, 0.0, 0.0)
        for index in a.indices {
            let (x, y) = (Double(a[index]), Double(b[index]))
            dot += x * y
            first += x * x
            second += y * y
        }
        return first > 0 && second > 0 ? dot / (first * second).squareRoot() : 0
    }
}
