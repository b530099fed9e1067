package import Logging
import StarlingTraining
import StarlingExperience
import StarlingMetrics
package import StarlingMessages
package import StarlingThreads
package import StarlingTransport

/// A learner's life: take what the actors send, train on it, publish; report, checkpoint, try the goal; end.
///
/// `turn` does one thing at a time, so that the same loop runs on a thread of its own beside real actors, and in
/// lockstep with actors of the same process.
package final class LearnerLoop {
    package let learner: Learner
    let link: any LearnerLink
    let logger: Logger
    /// Stores states of the run.
    let writer: CheckpointWriter
    /// Takes the numbers of the last interval.
    let report: (LearnerReport) -> Void

    /// Unrolls of the journal that wait for their fates.
    var backlog: Backlog?
    var mismatchedUnrolls = 0
    var invalidInBacklog = 0
    /// Asked whether the journal has no room but for what a checkpoint would free.
    package var wantsCheckpoint: () -> Bool = { false }
    /// Whether a journal keeps unrolls without a fate for the next start: they stay pending then when the training ends.
    package var isJournaled = false
    /// Where actors of this process stand, given the wait queue for credit; nil when they are in the middle of something.
    /// Set, checkpoints are taken between batches only.
    package var serialState: (([String]) -> SerialCapture?)?
    /// Names who waits for credit, in order; set with `serialState`.
    package var namesWaitingForCredit: () -> [String] = { [] }
    /// As it was before the newest parameters were published.
    var creditQueue: [String] = []
    /// What the newest stored checkpoint covers.
    var storedPosition: UInt64 = 0
    var nextForcedCheckpoint = Deadline.now

    var phase = Phase.training
    /// Why the last checkpoint could not be written.
    var unsaved: String?
    /// The log says that the checkpoint under way takes long.
    var slownessIsTold = false
    var meter: RunMeter
    var goal: GoalTracker
    /// The best that was evaluated, to be stored when the disk is free.
    var bestToStore: TrainingCapture?
    /// When that the policy lag limits the rate may be said again.
    private var nextLimitWord = Deadline(nanoseconds: 0)
    private static let limitWordSeconds = 60.0
    private var batchScale = BatchScale()
    private var nextReport: Deadline
    private var reportPace: ReportPace
    var nextCheckpoint: Deadline
    /// Until the first checkpoint, and between looks while there is no update to keep.
    let firstCheckpointSeconds: Double
    private let reportSeconds = 0.25
    private var hasAlarmed = false
    /// A learner that was started again has not yet trained on what came after its start.
    private var isRecovering: Bool
    /// The batch holds what came after the start.
    private var hasNews = false
    /// Says that nothing comes, less often the longer that lasts.
    private var silence = Reminder(after: LearnerLoop.reminderSeconds, growth: 2)
    /// The last experience, or the end of the last update, which may take long itself.
    private var waitsSince = Deadline.now
    private static let reminderSeconds = 10.0
    /// Batches in a row that could not be trained on.
    private var unusableBatches = 0
    private var nextUnusableWord = Deadline.now
    /// Actors don't know of the newest parameters, and when they are to.
    private var isUnpublished = false
    private var nextPublication = Deadline.now
    /// Updates as of the last report.
    private var updateAtReport: UInt64 = 0
    /// So many invalid unrolls were not for the parameters.
    private var innocentInvalid: UInt64 = 0

    /// Where a run is.
    enum Phase {
        case training
        /// Training is over; the final parameters play episodes with fresh seeds.
        case evaluating(FinalEvaluation)
        case ended(RunOutcome)
    }

    /// - Parameters:
    ///   - backlog: what the journal holds beyond the checkpoint that the learner goes on from.
    ///   - save: stores a state of the run, on a thread of its own, one at a time, and marks what it is to the run.
    ///     What it throws is told, and it is tried again later.
    package init(
        _ learner: Learner, link: any LearnerLink, logger: Logger, backlog: Backlog? = nil,
        save: @escaping @Sendable (TrainingCapture, CheckpointRole) throws -> Void,
        report: @escaping (LearnerReport) -> Void, start: Deadline = .now
    ) {
        self.learner = learner
        self.link = link
        self.logger = logger
        self.backlog = backlog
        writer = CheckpointWriter(save)
        self.report = report
        meter = RunMeter(learner.state, learner.metrics, start: start)
        isRecovering = learner.generation > 1
        goal = GoalTracker(learner.settings)
        nextReport = .after(seconds: reportSeconds)
        reportPace = ReportPace(from: learner.state.update)
        // The first one soon: a run that is killed early leaves something.
        firstCheckpointSeconds = min(1, learner.settings.checkpoint.seconds)
        nextCheckpoint = .after(seconds: firstCheckpointSeconds)
    }

    /// Publishes the first parameters and runs to the end.
    /// - Parameters:
    ///   - farewell: what actors are told when it is stopped: whether a next learner is to be waited for.
    ///   - shouldStop: asked a few times a second; when it says so, a checkpoint is written and the run ends.
    package func run(farewell: () -> Farewell = { .finished }, shouldStop: () -> Bool) -> RunOutcome {
        begin()
        while true {
            if case .ended(let outcome) = turn(before: .after(seconds: 0.2)) { return outcome }
            if shouldStop() { return stop(farewell()) }
        }
    }

    /// Publishes the parameters that the first unrolls are acted with. A resumed run that has all its frames only
    /// evaluates.
    package func begin() {
        creditQueue = learner.state.serial?.creditQueue ?? []
        link.publish(learner.makeSnapshot())
        if hasAllFrames {
            endTraining(with: capture(), reason: .frames)
        } else if learner.state.isGoalTried {
            // The same episodes once more: the answer came after the checkpoint.
            learner.state.evaluations -= 1
            tryGoal()
        }
    }

    private var hasAllFrames: Bool {
        let limit = learner.settings.frames
        return limit > 0 && learner.state.frames >= limit
    }

    /// What a turn came to.
    package enum Turn {
        /// Nothing happened before the deadline.
        case idle
        case worked
        case ended(RunOutcome)
    }

    /// Handles at most one event, waiting for it until the deadline.
    package func turn(before deadline: Deadline) -> Turn {
        let start = Deadline.now
        let isReplayed = takeFromBacklog()
        let patience = min(deadline, nextReport, isUnpublished ? nextPublication : deadline)
        let event = isReplayed ? nil : link.next(before: patience)
        meter.add(seconds: Deadline.now.seconds(since: start), to: .timeWaiting)
        if let event { handle(event) }
        if learner.isReady, case .training = phase { train() }
        if isUnpublished, nextPublication.isPast, case .training = phase { publish() }
        evaluateIfOverdue()
        if nextReport.isPast {
            let overview = link.overview
            lookForBrokenParameters(overview)
            sendReport(overview)
        }
        if writer.isBusy { noteCheckpoint() }
        storeBest()
        if nextCheckpoint.isPast || isCheckpointWanted() { checkpoint() }
        if silence.remind() { tellSilence() }
        if case .ended(let outcome) = phase { return .ended(outcome) }
        return event == nil && !isReplayed ? .idle : .worked
    }

    private func handle(_ event: LearnerEvent) {
        switch event {
        case .unroll(let unroll):
            hasNews = true
            accept(unroll)
        case .evaluation(let report): handle(report)
        case .evaluationLost(let identifier, let reason): handleLost(identifier, reason)
        // The link logs who comes and goes; its overview counts them.
        case .actorJoined, .actorLeft, .environmentOffered: break
        case .broken(let fault): breakOff(fault)
        }
    }

    func accept(_ unroll: ReceivedUnroll) {
        guard case .training = phase else { return leave([unroll]) }
        meter.begin()
        let start = Deadline.now
        beginWaiting(from: start)
        if learner.accept(unroll) == .tooStale { link.settle(unroll, .tooStale) }
        meter.add(seconds: Deadline.now.seconds(since: start), to: .timeBatching)
    }

    /// What the end of the training finds without a fate: the journal keeps it for the next start, or nobody does.
    func leave(_ unrolls: [ReceivedUnroll]) {
        if !isJournaled { link.settle(unrolls, .abandoned) }
    }

    /// One update, and what follows from it.
    private func train() {
        let step: LearnerStep
        do {
            step = try learner.step()
        } catch {
            switch learner.culprit() {
            case .parameters: return halt(error)
            case .loss(let magnitudes):
                return halt(
                    error,
                    """
                    It is the loss: all that it was given is finite (\(magnitudes)). Look for a division by 0, a log of 0 or \
                    an exp that overflows in the term that is named; where the loss is one of ours, model.observation_scale brings \
                    large observations to about 1.
                    """)
            case .unrolls(let unrolls): return refuse(unrolls, error)
            }
        }
        unusableBatches = 0
        meter.add(step)
        if hasNews { tellRecovery() }
        let start = Deadline.now
        if serialState != nil { creditQueue = namesWaitingForCredit() }
        if publishesAll || nextPublication.isPast {
            publish(trainedOn: step.unrolls)
        } else {
            isUnpublished = true
            link.settle(step.unrolls, .trained)
        }
        meter.add(seconds: Deadline.now.seconds(since: start), to: .timePublishing)
        if learner.settings.batch.scale == nil { rescale() }
        if hasAllFrames {
            endTraining(with: capture(), reason: .frames)
        } else {
            if goal.shouldTry(learner.state) { tryGoal() }
            if reportPace.isDue(learner.state.update) { sendReport(link.overview) }
        }
        beginWaiting(from: .now)
    }

    private func beginWaiting(from start: Deadline) {
        waitsSince = start
        silence = Reminder(after: Self.reminderSeconds, growth: 2, from: start)
    }

    /// Every version has its batch, or may have.
    private var publishesAll: Bool {
        learner.settings.publish.maxPerSecond == 0 || serialState != nil || learner.settings.pacing == .lockstep
    }

    private func publish(trainedOn unrolls: [ReceivedUnroll] = []) {
        link.publish(learner.makeSnapshot(), trainedOn: unrolls)
        isUnpublished = false
        if !publishesAll { nextPublication = .after(seconds: 1 / learner.settings.publish.maxPerSecond) }
    }

    /// Makes batches larger, or smaller, if that is what actors and trainer wait for.
    private func rescale() {
        let pressure = link.pressure
        let scale = batchScale.next(learner.scale, pressure, atMost: learner.largestScale)
        guard scale != learner.scale, learner.isEmpty else { return }
        let former = learner.scale
        do { try learner.rescale(to: scale) } catch {
            return logger.error("can't train on batches of \(scale) times the columns: \(error)")
        }
        link.setBatch(unrolls: learner.unrollsPerBatch)
        let reason =
            scale < former
            ? "which are enough"
            : "because at a policy lag of at most \(learner.settings.batch.maxPolicyLag) actors waited for \(Int(100 * pressure.actorsWait)) % and the trainer for \(Int(100 * pressure.trainerWaits)) % of their time"
        logger.info("batch.scale \(former) → \(scale): batches of \(learner.settings.batch.columns * scale) columns, \(reason)")
    }

    /// Stops at once: a checkpoint, a word to the actors, the outcome.
    package func stop(_ farewell: Farewell = .finished) -> RunOutcome {
        switch phase {
        case .ended(let outcome): return outcome
        // The training was over: only its evaluation is cut short.
        case .evaluating(let final): return end(final.reason, evaluation: nil, farewell)
        case .training:
            store(capture(), as: .usual)
            return end(.stopped, evaluation: nil, farewell)
        }
    }

    /// Unrolls that passed all checks and give no number: they cost nothing but themselves.
    private func refuse(_ unrolls: [ReceivedUnroll], _ fault: NotFinite) {
        // Observations, rewards and log-probabilities are finite, else it would have been invalid before.
        let words = "\(fault) when it is trained on, though all numbers in it are finite: the loss makes it of them"
        for unroll in unrolls { link.settleUnusable(unroll, words) }
        unusableBatches += 1
        guard unusableBatches > 1, nextUnusableWord.isPast else { return }
        nextUnusableWord = .after(seconds: Self.reminderSeconds)
        logger.warning(
            "\(unusableBatches) batches in a row could not be trained on (\(fault)), though all numbers in them are finite: see the loss, then which actors' unrolls are invalid, how large the numbers of their environments are, and model.observation_scale"
        )
    }

    /// Where actors send nothing but what is invalid, it may be for the parameters that they have to act with.
    private func lookForBrokenParameters(_ overview: TransportOverview) {
        let (invalid, update) = (overview.ledger.invalid, learner.state.update)
        defer { updateAtReport = update }
        guard case .training = phase, update == updateAtReport, invalid > innocentInvalid else { return }
        innocentInvalid = invalid
        guard learner.areParametersBroken() else { return }
        halt(NotFinite(term: "what actors compute with the parameters", value: .nan))
    }

    /// No actor can be heard any more.
    private func breakOff(_ fault: String) {
        logger.critical("\(fault): this learner ends; start it again with --resume")
        let reason = RunOutcome.Reason.broken(fault)
        switch phase {
        case .ended: break
        case .evaluating: _ = end(reason, evaluation: nil, .failed)
        case .training:
            leave(learner.abandonBatch())
            store(capture(), as: .usual)
            _ = end(reason, evaluation: nil, .failed)
        }
    }

    /// A loss or gradient that is not a number: nothing was applied, so the parameters are the last good ones.
    private func halt(
        _ fault: NotFinite, _ remedy: String = "Try a smaller optimizer.learning_rate or optimizer.clip_norm."
    ) {
        logger.critical(
            """
            \(fault) at update \(learner.state.update + 1), frame \(learner.state.frames): training stops; \
            checkpoint \(learner.version) holds the last good parameters. \(remedy)
            """)
        // Trained on again it would fail again.
        link.settle(learner.abandonBatch(), .abandoned)
        store(capture(), as: .usual)
        _ = end(.notFinite(fault), evaluation: nil, .failed)
    }

    func end(
        _ reason: RunOutcome.Reason, evaluation: EvaluationReport?, _ farewell: Farewell = .finished
    ) -> RunOutcome {
        awaitCheckpoints()
        // The last report shows the flock as it was, and the ledger as it is closed.
        var overview = link.overview
        link.finish(farewell, before: .after(seconds: 2))
        (overview.ledger, overview.actorTimes) = (link.overview.ledger, link.overview.actorTimes)
        sendReport(overview, ending: reason.brief)
        let outcome = RunOutcome(
            reason: reason, state: learner.state, frames: learner.state.frames,
            trainingSeconds: meter.trainingSeconds, evaluation: evaluation, policyLag: meter.totalLag.summary,
            unsaved: unsaved, maximumLogRatioAtLagZero: meter.totalMaximumLogRatioAtLagZero,
            ledger: link.overview.ledger, books: link.books, actors: Int(link.overview.actorsEver))
        phase = .ended(outcome)
        return outcome
    }

    /// - Parameters:
    ///   - isLast: of the training, whose end is told once more, after the evaluation.
    ///   - ending: how the run ended, where it has.
    func sendReport(_ overview: TransportOverview, isLast: Bool = false, ending: String? = nil) {
        nextReport = .after(seconds: reportSeconds)
        reportPace.reported(learner.state.update)
        var report = meter.takeReport(learner, overview, goal: goal, isLast: isLast)
        if case .evaluating = phase { report.isTraining = false }
        report.ending = ending
        for message in meter.warnings.takeMessages() { logger.warning("\(message)") }
        // Batches that grow by themselves are given the time.
        if let limit = report.lagLimit, nextLimitWord.isPast, learner.settings.batch.scale != nil || learner.scale == learner.largestScale {
            nextLimitWord = .after(seconds: Self.limitWordSeconds)
            logger.warning("\(limit.sentence)")
        }
        let ratio = report.metrics[.maximumLogRatioAtLagZero]
        if ratio > LearnerReport.logRatioAlarm, !hasAlarmed {
            hasAlarmed = true
            logger.error(
                """
                max|log π/μ| is \(ratio) at policy lag 0, where it should be 0: actors and learner don't compute the \
                same policy; compare their builds
                """)
        }
        self.report(report)
    }

    /// How long actors have waited for a learner that was started again.
    private func tellRecovery() {
        hasNews = false
        guard isRecovering else { return }
        isRecovering = false
        logger.info("training goes on, \((meter.processSeconds * 10).rounded() / 10) s after this start")
    }

    private func tellSilence() {
        guard case .training = phase else { return }
        let overview = link.overview
        let count = overview.actingActors
        let seconds = Int(Deadline.now.seconds(since: waitsSince).rounded())
        let invalid = overview.ledger.invalid > 0 ? ", \(overview.ledger.invalid) unrolls were invalid" : ""
        guard count > 0 else { return logger.warning("no experience for \(seconds) s: no actor is connected\(invalid)") }
        let actors = "\(count) actor\(count == 1 ? " is" : "s are") connected"
        let acting = learner.settings.acting
        logger.warning(
            "no experience for \(seconds) s: \(actors)\(invalid); what they send next is \(acting.unrollLength) steps of \(acting.environmentsPerUnroll) environments, which may take slow ones longer"
        )
    }
}
