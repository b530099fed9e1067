import Glibc
public import StarlingExperience

/// The part of a batch that only the host looks at, time-major `[T, B]`, and what is computed from it. Targets and what the model said
/// have a row more, `[T+1, B]`. Who goes over their rows and so reads beyond these, against the rules, finds row T: rewards of 0, kinds
/// of no step.
public final class HostBatch {
    /// As `TrainingReward` has them.
    public let rewards: UnsafeMutableBufferPointer<Float>
    /// Raw values of `StepKind`.
    public let kinds: UnsafeMutableBufferPointer<UInt8>
    /// Actions, of discrete ones, `[T, B, P]` of several parts; empty of continuous ones.
    public let actions: UnsafeMutableBufferPointer<Int32>
    /// Samples u of continuous actions, before they are squashed or cut off, `[T, B, K]`; empty of discrete ones.
    public let samples: UnsafeMutableBufferPointer<Float>
    /// log μ(a).
    public let behaviorLogProbabilities: UnsafeMutableBufferPointer<Float>
    /// log π/μ, 0 where a row is no step.
    public let logRatios: UnsafeMutableBufferPointer<Float>
    /// What else a row of replay has; nil of fresh unrolls.
    public let replay: ReplayColumns?
    /// Where it was made.
    public let environment: EnvironmentSpec
    /// T.
    public let unrollLength: Int
    /// B.
    public let columnCount: Int

    /// - Parameters:
    ///   - environment: where its steps are made.
    ///   - isReplay: whether its rows are drawn from a replay buffer.
    public init(unrollLength: Int, columnCount: Int, environment: EnvironmentSpec, isReplay: Bool = false) {
        self.environment = environment
        self.unrollLength = unrollLength
        self.columnCount = columnCount
        /// With a row T behind what is handed out.
        func column<Number>(_ value: Number, width: Int = 1) -> UnsafeMutableBufferPointer<Number> {
            let all = UnsafeMutableBufferPointer<Number>.allocate(capacity: (unrollLength + 1) * columnCount * width)
            all.initialize(repeating: value)
            return UnsafeMutableBufferPointer(rebasing: all[..<(unrollLength * columnCount * width)])
        }
        switch environment.action {
        case .discrete, .multiDiscrete:
            (actions, samples) = (column(0, width: environment.action.width), UnsafeMutableBufferPointer(start: nil, count: 0))
        case .continuous(let low, _): (actions, samples) = (UnsafeMutableBufferPointer(start: nil, count: 0), column(0, width: low.count))
        }
        rewards = column(0)
        kinds = column(StepKind.reset.rawValue)
        behaviorLogProbabilities = column(0)
        logRatios = column(0)
        replay =
            isReplay
            ? ReplayColumns(
                spans: column(1), importance: column(1), priorities: column(0),
                actingLogits: column(0, width: UnrollSchema.carriesLogits(environment.action) ? environment.action.parameterCount : 0))
            : nil
    }

    deinit {
        rewards.deallocate()
        kinds.deallocate()
        actions.deallocate()
        samples.deallocate()
        behaviorLogProbabilities.deallocate()
        logRatios.deallocate()
        replay?.deallocate()
    }

    func load(_ unroll: UnrollView, column: Int, _ reward: TrainingReward) {
        let width = unroll.layout.environmentCount
        for t in 0..<unrollLength {
            for environment in 0..<width { rewards[t * columnCount + column + environment] = reward.of(unroll, t * width + environment) }
        }
        kinds.copyColumns(unroll.kinds, unroll.layout, column, of: columnCount)
        if actions.isEmpty {
            samples.copyColumns(unroll.samples, unroll.layout, column, of: columnCount, depth: unroll.layout.actionWidth)
        } else {
            actions.copyColumns(unroll.actions, unroll.layout, column, of: columnCount, depth: unroll.layout.actionWidth)
        }
        behaviorLogProbabilities.copyColumns(
            unroll.behaviorLogProbabilities, unroll.layout, column, of: columnCount)
    }

    /// Multiplies all rewards.
    func scaleRewards(by factor: Float) { for row in rewards.indices { rewards[row] *= factor } }

    /// Writes 1/N for each of the N steps that count and 0 elsewhere, row T included. Returns N.
    func weights(into weights: UnsafeMutableBufferPointer<Float>) -> Int {
        let frames = kinds.indices.count { kinds[$0] != StepKind.reset.rawValue && (replay?.importance[$0] ?? 1) > 0 }
        let weight = 1 / Float(max(1, frames))
        for row in kinds.indices { weights[row] = kinds[row] == StepKind.reset.rawValue ? 0 : weight }
        if let replay { for row in kinds.indices { weights[row] *= replay.importance[row] } }
        for row in kinds.count..<weights.count { weights[row] = 0 }
        return frames
    }

    /// log π − log μ, bounded so that a ratio is finite whatever was sent. A NaN stays one, and stops the training.
    public func setLogRatios(target: UnsafeBufferPointer<Float>) {
        for row in logRatios.indices {
            let ratio = target[row] - behaviorLogProbabilities[row]
            // `min` and `max` hand on a NaN only when it stands first.
            let bounded = min(max(ratio, -20), 20)
            logRatios[row] = kinds[row] == StepKind.reset.rawValue ? 0 : bounded
        }
    }

    /// Σ of the first so many rewards of each column, up to a row that is an episode's last: a mean over the columns.
    func meanReturn(steps: Int) -> Double {
        var sum = 0.0
        for column in 0..<columnCount {
            for step in 0..<steps {
                let row = step * columnCount + column
                sum += Double(rewards[row])
                if StepKind.isLast(kinds[row]) { break }
            }
        }
        return sum / Double(max(1, columnCount))
    }

    /// Steps that count.
    var frameCount: Int { kinds.count { $0 != StepKind.reset.rawValue } }

    /// Mean of π/μ over the steps that count.
    public func meanImportanceRatio(frames: Int) -> Float {
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
    public func explainedVariance(values: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>) -> Float? {
        let steps = kinds.indices.lazy.filter { self.kinds[$0] != StepKind.reset.rawValue }
        let variance = Self.squaredDeviations(steps.lazy.map { Double(targets[$0]) })
        guard variance > 1e-6 else { return nil }
        let left = Self.squaredDeviations(steps.lazy.map { Double(targets[$0]) - Double(values[$0]) })
        return Float(1 - left / variance)
    }

    /// Σ (x − x̄)², in two passes: the difference of the squares' sum and the sum's square has no digit left when the mean
    /// is large.
    private static func squaredDeviations(_ numbers: some Collection<Double>) -> Double {
        let mean = numbers.reduce(0, +) / Double(max(1, numbers.count))
        return numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
}
