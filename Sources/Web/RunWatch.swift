package import StarlingLearning
package import StarlingMetrics
package import StarlingMonitoring
import StarlingThreads
package import StarlingTransport
import Synchronization

/// What the learner's door tells of: the newest report, its curves, and what sums up from one report to the next. It keeps no books of its own.
package final class RunWatch: LearnerMonitor {
    package let facts: RunFacts
    /// When the learner's loop was seen last: nanoseconds of the monotonic clock.
    private let heartbeat = Atomic<UInt64>(Deadline.now.nanoseconds)
    private let state = Mutex(State())
    private let audience = Mutex<Audience?>(nil)
    private let latents = LatentViews()
    private let began = Deadline.now
    /// `metrics.jsonl` of earlier starts, whose curves go on.
    private let past: String?

    /// Where the process is.
    package enum Stage: Hashable, Sendable {
        /// Reads checkpoint and journal.
        case starting
        /// Takes actors, the first of which tells what it steps.
        case awaitingEnvironment
        /// Takes actors.
        case ready
        /// Says goodbye.
        case ending

        var takesActors: Bool { self == .awaitingEnvironment || self == .ready }
    }

    struct State: Sendable {
        var stage = Stage.starting
        var before = RunBefore()
        var report: LearnerReport?
        /// Seconds of the learner's thread by the metric that tells their share.
        var activities: [String: Double] = [:]
        var checkpointed: Deadline?
        /// Bytes of the journal, asked when they are wanted.
        var journalBytes: (@Sendable () -> Int)?
        var news = RunNews([])
        var history = RunHistory([])
        var hasPast = false
        /// The newest of what is told to all who look.
        var row: [UInt8] = []
        var actors: [UInt8] = []
        var nextRow = Deadline.now
        /// Actors as they were told last, and when.
        var told: (acknowledged: [String: UInt64], at: Deadline) = ([:], .now)
    }

    /// Those who look on.
    package struct Audience: Sendable {
        let count: @Sendable () -> Int
        let tell: @Sendable ([UInt8]) -> Void
    }

    /// Seconds between two rows, and between two lists of actors.
    private static let seconds = (row: 0.5, actors: 2.0)
    /// Actors that are listed.
    package static let actorLimit = 1000

    /// - Parameter past: a `metrics.jsonl` whose curves go on; nil: none.
    package init(_ facts: RunFacts, past: String? = nil) { (self.facts, self.past) = (facts, past) }

    /// The learner's thread goes on. Called with every report, before anybody is told of it.
    package func beat() { heartbeat.store(Deadline.now.nanoseconds, ordering: .relaxed) }

    /// An actor is taken that tells the shapes of the environment; with it the run begins.
    package func awaitEnvironment() {
        beat()
        state.withLock { $0.stage = .awaitingEnvironment }
        tell(RunNews.awaitingEnvironment)
    }

    /// Actors are taken from now on.
    /// - Parameter declared: what the algorithm and the learner tell of themselves.
    package func begin(after before: RunBefore, _ declared: [Metric] = []) {
        beat()
        let news = RunNews(declared)
        state.withLock {
            ($0.stage, $0.before, $0.news) = (.ready, before, news)
            $0.history = RunHistory(news.columns)
        }
        tell(news.run(facts))
    }

    /// They are not any more.
    package func end() {
        beat()
        state.withLock { $0.stage = .ending }
    }

    /// A checkpoint is stored.
    package func noteCheckpoint() { state.withLock { $0.checkpointed = .now } }

    package func watchJournal(_ byteCount: @escaping @Sendable () -> Int) { state.withLock { $0.journalBytes = byteCount } }

    func perform(for audience: Audience?) { self.audience.withLock { $0 = audience } }

    private var onlookers: Int { audience.withLock { $0 }?.count() ?? 0 }
    private func tell(_ event: [UInt8]) { if let audience = audience.withLock({ $0 }) { audience.tell(event) } }

    package func record(_ report: LearnerReport) {
        let earlier = readPast(before: report)
        let (row, isDue) = state.withLock { state in
            let seconds = report.wallSeconds - (state.report?.wallSeconds ?? 0)
            for (metric, share) in zip(report.metrics.all, report.metrics.values) where metric.kind == .timeShare && share.isFinite {
                state.activities[metric.name, default: 0] += share * max(0, seconds)
            }
            if let earlier { state.history = earlier }
            let times = state.report?.actorTimes ?? report.actorTimes
            state.report = report
            if !state.history.names.isEmpty {
                state.history.append(
                    seconds: report.seconds, frames: Double(report.frames), state.news.values(report, since: times))
            }
            guard state.nextRow.isPast || !report.isTraining else { return ([UInt8](), false) }
            state.nextRow = .after(seconds: Self.seconds.row)
            state.row = state.news.row(report, since: times)
            return (state.row, true)
        }
        if isDue, onlookers > 0 { tell(row) }
    }

    /// With the first report, on this thread, which nobody waits for.
    private func readPast(before report: LearnerReport) -> RunHistory? {
        let names: [String]? = state.withLock { state in
            guard !state.hasPast else { return nil }
            state.hasPast = true
            return past == nil ? nil : state.news.columns
        }
        guard let names, let past else { return nil }
        return RunHistory(names, readFrom: past, until: report.frames)
    }

    package func finish() { tell(RunNews.end) }

    /// Who looks on for the page, and sees what the policy's latent is.
    package var latentOnlooker: LatentWatch.Onlooker {
        LatentWatch.Onlooker(wants: { [weak self] in self?.onlookers ?? 0 > 0 }) { [weak self] frames, view in
            guard let self else { return }
            latents.keep(frames, view)
            tell(latents.list)
        }
    }

    func latentView(_ number: Int) -> [UInt8]? { latents[number] }

    /// Whether somebody looks on for whom the actors are to be listed.
    package var wantsActors: Bool {
        onlookers > 0 && state.withLock { Deadline.now.seconds(since: $0.told.at) >= Self.seconds.actors || $0.actors.isEmpty }
    }

    package func note(_ actors: [ActorOverview]) {
        let event = state.withLock { state in
            let event = RunNews.actors(actors, since: state.told.acknowledged, seconds: Deadline.now.seconds(since: state.told.at))
            state.told = (Dictionary(actors.map { ($0.name, $0.acknowledged) }) { $1 }, .now)
            state.actors = event
            return event
        }
        tell(event)
    }

    /// What one gets who begins to look.
    func greeting() -> [UInt8] {
        let views = latents.list
        return state.withLock { state in
            switch state.stage {
            case .starting: []
            case .awaitingEnvironment: RunNews.awaitingEnvironment
            case .ready, .ending:
                state.news.run(facts) + state.row + state.actors + views + (state.stage == .ending ? RunNews.end : [])
            }
        }
    }

    package func history(points: Int) -> [UInt8] { now.history.json(points: points) }

    var now: State { state.withLock { $0 } }

    /// Since the newest checkpoint, or since the start.
    func checkpointAge(_ state: State) -> Double { Deadline.now.seconds(since: state.checkpointed ?? began) }

    /// Seconds since the learner's loop was seen.
    var silence: Double { Deadline.now.seconds(since: Deadline(nanoseconds: heartbeat.load(ordering: .relaxed))) }
}
