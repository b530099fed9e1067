package import StarlingExperience
package import StarlingMetrics
package import StarlingTransport

/// What the learner's loop tells of itself at least once a second. Monitors turn it into files, lines and pictures;
/// the loop knows none of them.
///
/// A mean over nothing is NaN, which monitors show as absent.
package struct LearnerReport: Hashable, Sendable {
    // Progress
    /// False while the final parameters are evaluated: nothing changes then but the evaluation and the last counts.
    package var isTraining = true
    /// Seconds since the first accepted unroll, evaluations excluded.
    package var seconds: Double = 0
    /// Seconds since the process started.
    package var wallSeconds: Double = 0
    /// Seconds since the report before: the interval that it tells of.
    package var interval: Double = 0
    /// Seconds since 1970, UTC.
    package var time: Double = 0
    /// In a few words, how the run ended; nil while it goes on.
    package var ending: String?
    /// Optimiser updates since the beginning of the run.
    package var update: UInt64 = 0
    /// The newest published parameters.
    package var version = ParameterVersion(generation: 0, update: 0)
    /// Environment steps trained on since the beginning of the run.
    package var frames: UInt64 = 0
    /// Frames at which the run ends; nil = no limit.
    package var frameLimit: UInt64?
    /// Frames per second since the report before.
    package var framesPerSecond: Double = 0
    /// Seconds to the frame limit at the present speed; nil without a limit or before there is a speed.
    package var secondsLeft: Double?

    // Episodes
    /// Training episodes that ended since the beginning of the run.
    package var episodes: UInt64 = 0
    /// Mean undiscounted return of the last 100 training episodes; nil before the first has ended.
    package var meanReturn: Double?
    /// Undiscounted returns of the last 100 training episodes, in no order.
    package var returns: [Float] = []
    /// Within which four of five of these are; nil before the first has ended.
    package var returnSpread: ClosedRange<Double>?
    /// The return at which the run ends; nil without a goal.
    package var goal: Double?

    /// What the algorithm and the learner declared, reduced over the interval since the report before.
    package var metrics = MetricValues()

    // Asynchrony
    package var policyLag = PolicyLag()
    /// Unrolls since the report before by their policy lag, from 0 up to the largest.
    package var lagCounts: [UInt64] = []
    /// Of all unrolls trained on since the learner started.
    package var lagBuckets = LagBuckets()
    /// Actors with a live session.
    package var actorsAlive = 0
    /// Threads of theirs that step environments.
    package var actorThreads = 0
    /// Of those, the ones that hold credit and send nothing for longer than others need, and the names of some of them.
    package var actorsIdle = 0
    package var idleNames = ""
    /// Accepted unrolls that wait to be trained on.
    package var queuedUnrolls = 0
    /// Bytes of unrolls that were granted to actors and have not arrived.
    package var creditBytes = 0
    package var pressure = CreditPressure()
    /// That the policy lag limits the rate.
    package var lagLimit: LagLimit?
    /// That something else has kept trainer and actors waiting for some time.
    package var flowLimit: FlowLimit?
    /// Environments side by side in a batch, now.
    package var batchColumns = 0
    package var ledger = Ledger()
    /// Bytes from and to all actors since the learner started.
    package var bytesReceived: UInt64 = 0
    package var bytesSent: UInt64 = 0
    /// Since the learner started.
    package var refusals = RefusalCounts()
    /// Of all acting actors together since they started, as of their last word.
    package var actorTimes = ActorTimes()

    /// The last evaluation of a pinned version; nil before there was one.
    package var evaluation: EvaluationSummary?

    /// The invariant's alarm: 10 × what float32 allows.
    package static let logRatioAlarm = 1e-3

    package init() {}
}

extension LearnerReport {
    /// Updates between the parameters that acted and those that were trained, over the unrolls since the report before.
    package struct PolicyLag: Hashable, Sendable {
        package var mean: Double = 0
        package var median: Double = 0
        package var percentile95: Double = 0
        package var maximum: Double = 0

        package init() {}
    }
}

/// How many unrolls had a policy lag up to each of some bounds.
package struct LagBuckets: Hashable, Sendable {
    package static let bounds: [UInt64] = [0, 1, 2, 4, 8, 16, 32]
    /// Up to each bound and above the one before; at last those above all bounds.
    package internal(set) var counts = [UInt64](repeating: 0, count: Self.bounds.count + 1)
    /// Of all lags.
    package internal(set) var sum: UInt64 = 0

    package init() {}

    package mutating func add(_ count: UInt64, ofLag lag: UInt64) {
        counts[Self.bounds.firstIndex { lag <= $0 } ?? Self.bounds.count] += count
        sum += count * lag
    }
}

/// What an evaluation found: undiscounted returns of greedy episodes of one version.
package struct EvaluationSummary: Hashable, Sendable {
    package var version: ParameterVersion
    package var episodes: Int
    package var mean: Double
    /// Means of what the environment told of episodes; without those of which it told nothing.
    package var measures: [Measure] = []
    /// Over the episodes themselves (divided by n, not n − 1).
    package var standardDeviation: Double
    package var minimum: Double
    package var maximum: Double
    /// Mean steps of an episode; nil: not told.
    package var meanLength: Double?
    /// Share of the episodes that terminated; nil: not told.
    package var terminated: Double?

    package struct Measure: Hashable, Sendable {
        package var name: String
        package var mean: Double
    }

    /// Sums up a report; nil when it has no episode.
    /// - Parameter names: of the environment's measures.
    package init?(_ report: EvaluationReport, _ names: [String] = []) {
        let returns = report.returns.map(Double.init)
        guard let minimum = returns.min(), let maximum = returns.max() else { return nil }
        let count = Double(returns.count)
        let mean = returns.reduce(0, +) / count
        version = report.version
        episodes = returns.count
        self.mean = mean
        standardDeviation = (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        (self.minimum, self.maximum) = (minimum, maximum)
        meanLength = report.steps.map { Double($0) / count }
        terminated = report.terminated.map { Double($0) / count }
        guard report.measures.count == names.count * report.returns.count else { return }
        for (place, name) in names.enumerated() {
            let values = stride(from: place, to: report.measures.count, by: names.count).map { Double(report.measures[$0]) }
            let known = values.filter(\.isFinite)
            if !known.isEmpty { measures.append(Measure(name: name, mean: known.reduce(0, +) / Double(known.count))) }
        }
    }
}
