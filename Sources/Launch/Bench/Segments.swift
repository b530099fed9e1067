import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingTraining

/// Adds the learner's reports up to segments of time.
final class Segments {
    /// Seconds that were reported so far.
    private(set) var seconds = 0.0
    private var segments: [Segment] = []
    private var last: LearnerReport?
    private var processorSeconds = Machine.ownProcessorSeconds

    /// The parts of the learner's thread that are told apart.
    private static let parts: [Metric] = [
        .timeWaiting, .timeBatching, .timeForward, .timeTargets, .timeBackward, .timeOptimizer, .timePublishing,
    ]

    private struct Segment {
        var seconds = 0.0
        /// Seconds of each part of the learner's thread.
        var learner: [Metric: Double] = [:]
        var processorSeconds = 0.0
        /// Where it began and where it ended.
        let first: LearnerReport
        var last: LearnerReport
    }

    /// What is reported from now on belongs to a new segment.
    func begin() {
        guard let last else { preconditionFailure("a segment begins at a report") }
        segments.append(Segment(first: last, last: last))
    }

    func add(_ report: LearnerReport) {
        let now = Machine.ownProcessorSeconds
        defer { (last, processorSeconds) = (report, now) }
        guard let last else { return }
        let interval = report.wallSeconds - last.wallSeconds
        seconds += interval
        guard !segments.isEmpty else { return }
        let index = segments.count - 1
        segments[index].seconds += interval
        segments[index].processorSeconds += now - processorSeconds
        segments[index].last = report
        for metric in report.metrics.all where metric.kind == .timeShare {
            segments[index].learner[metric, default: 0] += report.metrics[metric] * interval
        }
    }

    /// - Precondition: every segment has a report.
    func report(
        recipe: String, settings: RunSettings, curve: Bool, lag: LearnerReport.PolicyLag, stepsPerUnroll: Int
    ) -> EndToEndReport {
        func spread(_ value: (Segment) -> Double) -> EndToEndReport.Spread {
            EndToEndReport.Spread(segments.map { ($0.seconds > 0 ? value($0) / $0.seconds : 0, $0.seconds) })
        }
        func learner(_ part: Metric) -> EndToEndReport.Spread { spread { $0.learner[part] ?? 0 } }
        let actors = segments.map { $0.last.actorTimes.since($0.first.actorTimes) }
        // Actors tell of themselves once a second; a segment without a word of theirs weighs nothing.
        func actor(_ part: KeyPath<ActorTimes, UInt64>, times factor: Double = 1) -> EndToEndReport.Spread {
            let told = actors.filter { $0.total > 0 }.map {
                (value: factor * Double($0[keyPath: part]) / Double($0.total), weight: Double($0.total))
            }
            return EndToEndReport.Spread(told.isEmpty ? [(0, 0)] : told)
        }
        let (first, last) = (segments[0].first, segments[segments.count - 1].last)
        return EndToEndReport(
            recipe: recipe, environment: settings.environment, machine: .current, curve: curve, actors: settings.train.actors,
            environmentsPerActor: settings.acting.environmentsPerActor, repeats: segments.count,
            seconds: segments.reduce(0) { $0 + $1.seconds },
            stepsPerSecond: spread { Double($0.last.frames - $0.first.frames) },
            updatesPerSecond: spread { Double($0.last.update - $0.first.update) },
            learner: EndToEndReport.LearnerTime(
                waiting: learner(.timeWaiting), batching: learner(.timeBatching), forward: learner(.timeForward),
                targets: learner(.timeTargets), backward: learner(.timeBackward), optimizer: learner(.timeOptimizer),
                publishing: learner(.timePublishing),
                other: spread { segment in
                    segment.seconds - Self.parts.reduce(0) { $0 + (segment.learner[$1] ?? 0) }
                },
                cores: spread { $0.processorSeconds }),
            actor: EndToEndReport.ActorTime(
                stepping: actor(\.stepping), inference: actor(\.inference), transport: actor(\.transport),
                waiting: actor(\.waiting), evaluating: actor(\.evaluating),
                cores: actor(\.processor, times: Double(settings.train.actors))),
            policyLag: EndToEndReport.Lag(p50: lag.median, p95: lag.percentile95, maximum: lag.maximum),
            unrolls: EndToEndReport.Unrolls(from: first, to: last, stepsPerUnroll: stepsPerUnroll))
    }
}

extension EndToEndReport.Unrolls {
    fileprivate init(from first: LearnerReport, to last: LearnerReport, stepsPerUnroll: Int) {
        produced = last.ledger.produced - first.ledger.produced
        acknowledged = last.ledger.acknowledged - first.ledger.acknowledged
        trained = last.ledger.trained - first.ledger.trained
        tooStale = last.ledger.tooStale - first.ledger.tooStale
        frames = last.frames - first.frames
        self.stepsPerUnroll = stepsPerUnroll
        let settled = trained + tooStale + (last.ledger.invalid - first.ledger.invalid)
        untrainedShare = settled > 0 ? 1 - Double(trained) / Double(settled) : 0
    }
}
