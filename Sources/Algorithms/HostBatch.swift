import Glibc
import StarlingExperience

/// The part of a batch that only the host looks at, time-major `[T, B]`, and what is computed from it.
final class HostBatch {
    let rewards: UnsafeMutableBufferPointer<Float>
    let kinds: UnsafeMutableBufferPointer<UInt8>
    let behaviorLogProbabilities: UnsafeMutableBufferPointer<Float>
    /// log π/μ, 0 where a row is no step.
    let logRatios: UnsafeMutableBufferPointer<Float>
    private let rewardScale: Float
    private let unrollLength: Int
    private let columnCount: Int

    /// - Parameters:
    ///   - rewardScale: what every reward is multiplied by when it is loaded.
    init(unrollLength: Int, columnCount: Int, rewardScale: Float) {
        self.rewardScale = rewardScale
        self.unrollLength = unrollLength
        self.columnCount = columnCount
        let count = unrollLength * columnCount
        rewards = .allocate(capacity: count)
        kinds = .allocate(capacity: count)
        behaviorLogProbabilities = .allocate(capacity: count)
        logRatios = .allocate(capacity: count)
        rewards.initialize(repeating: 0)
        kinds.initialize(repeating: StepKind.reset.rawValue)
        behaviorLogProbabilities.initialize(repeating: 0)
        logRatios.initialize(repeating: 0)
    }

    deinit {
        rewards.deallocate()
        kinds.deallocate()
        behaviorLogProbabilities.deallocate()
        logRatios.deallocate()
    }

    func load(_ unroll: UnrollView, column: Int) {
        rewards.copyColumns(unroll.rewards, unroll.layout, column, of: columnCount)
        if rewardScale != 1 { scaleRewards(column..<column + unroll.layout.environmentCount) }
        kinds.copyColumns(unroll.kinds, unroll.layout, column, of: columnCount)
        behaviorLogProbabilities.copyColumns(
            unroll.behaviorLogProbabilities, unroll.layout, column, of: columnCount)
    }

    private func scaleRewards(_ columns: Range<Int>) {
        for t in 0..<unrollLength { for column in columns { rewards[t * columnCount + column] *= rewardScale } }
    }

    /// Writes 1/N for each of the N steps that count and 0 elsewhere, row T included. Returns N.
    func weights(into weights: UnsafeMutableBufferPointer<Float>) -> Int {
        var frames = 0
        for kind in kinds where kind != StepKind.reset.rawValue { frames += 1 }
        let weight = 1 / Float(max(1, frames))
        for row in kinds.indices { weights[row] = kinds[row] == StepKind.reset.rawValue ? 0 : weight }
        for row in kinds.count..<weights.count { weights[row] = 0 }
        return frames
    }

    /// log π − log μ, bounded so that a ratio is finite whatever was sent.
    func setLogRatios(target: UnsafeBufferPointer<Float>) {
        for row in logRatios.indices {
            let ratio = min(20, max(-20, target[row] - behaviorLogProbabilities[row]))
            logRatios[row] = kinds[row] == StepKind.reset.rawValue ? 0 : ratio
        }
    }

    func meanImportanceRatio(frames: Int) -> Float {
        var sum: Float = 0
        for row in logRatios.indices where kinds[row] != StepKind.reset.rawValue { sum += expf(logRatios[row]) }
        return sum / Float(max(1, frames))
    }

    func maximumLogRatio(columns: Range<Int>) -> Float {
        var largest: Float = 0
        for t in 0..<unrollLength {
            for column in columns { largest = max(largest, abs(logRatios[t * columnCount + column])) }
        }
        return largest
    }

    /// 1 − Var[v − V]/Var[v] over the steps that count; nil when the targets don't vary.
    func explainedVariance(values: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>) -> Float? {
        var count: Float = 0
        var (sum, squares, errorSum, errorSquares) = (Float(0), Float(0), Float(0), Float(0))
        for row in kinds.indices where kinds[row] != StepKind.reset.rawValue {
            let (target, error) = (targets[row], targets[row] - values[row])
            count += 1
            sum += target
            squares += target * target
            errorSum += error
            errorSquares += error * error
        }
        let variance = squares - sum * sum / max(1, count)
        guard variance > 1e-6 else { return nil }
        return 1 - (errorSquares - errorSum * errorSum / count) / variance
    }

    /// `means` is `[rows, Z]`; the threshold 0.01 is that of Burda et al. 2016.
    func activeUnits(_ means: UnsafeBufferPointer<Float>, latentCount: Int) -> Int {
        let rows = Float(means.count / latentCount)
        return (0..<latentCount).count { latent in
            var (sum, squares) = (Float(0), Float(0))
            for index in stride(from: latent, to: means.count, by: latentCount) {
                sum += means[index]
                squares += means[index] * means[index]
            }
            return squares / rows - (sum / rows) * (sum / rows) > 0.01
        }
    }
}
