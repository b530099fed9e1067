import Logging
import StarlingExperience
import StarlingThreads
import StarlingTransport

extension LearnerLoop {
    /// Share of the time that the disk may be busy with checkpoints: large ones come less often than the recipe says.
    private static let diskShare = 0.1
    /// A checkpoint under way for so long is told.
    private static let slowSeconds = 30.0
    /// How long the end of a run waits for a checkpoint that is under way, and then for its last one.
    private static let endSeconds = 60.0

    /// The state as it is, with the seconds behind it and the books.
    func capture() -> TrainingCapture {
        let start = Deadline.now
        defer { meter.add(seconds: Deadline.now.seconds(since: start), to: .timeCheckpointing) }
        learner.state.trainingSeconds = meter.trainingSeconds
        learner.state.isGoalTried = goal.trial?.capture.version == learner.version
        var capture = learner.capture()
        capture.state.books = link.settledBooks
        capture.state.serial = nil
        if let serialState, isBetweenBatches, let serial = serialState(creditQueue) {
            capture.state.serial = serial.state
            capture.actors = serial.arrays
        }
        return capture
    }

    /// Whether nothing is under way between learner and actors of one process.
    package var isBetweenBatches: Bool { learner.isEmpty && link.overview.queuedUnrolls == 0 }

    /// Whether the journal asks for a checkpoint and one would help.
    func isCheckpointWanted() -> Bool {
        guard wantsCheckpoint(), nextForcedCheckpoint.isPast else { return false }
        nextForcedCheckpoint = .after(seconds: 1)
        return link.settledBooks.position > storedPosition
    }

    /// Begins the checkpoint that is due. While the last one is under way it waits for that.
    func checkpoint() {
        guard !writer.isBusy else { return tellSlowness() }
        switch phase {
        case .training:
            if serialState != nil, !isBetweenBatches { return }
            guard learner.state.update > 0 else {
                nextCheckpoint = .after(seconds: firstCheckpointSeconds)
                return
            }
            nextCheckpoint = .after(seconds: learner.settings.checkpoint.seconds)
            store(capture(), as: .usual)
        case .evaluating(let final):
            nextCheckpoint = .after(seconds: learner.settings.checkpoint.seconds)
            // There was no room for it.
            if unsaved != nil { store(final.capture, as: .final) }
        case .ended: break
        }
    }

    /// Has a capture stored; what becomes of it is known later.
    func store(_ capture: TrainingCapture, as role: CheckpointRole) { writer.begin(capture, as: role) }

    /// Has the best that was evaluated stored, if there is one and nothing else is under way.
    func storeBest() {
        guard let best = bestToStore, !writer.isBusy else { return }
        bestToStore = nil
        store(best, as: .best)
    }

    /// Takes note of a capture that was stored, if there is one.
    func noteCheckpoint() {
        guard let word = writer.poll() else { return }
        let start = Deadline.now
        defer { meter.add(seconds: Deadline.now.seconds(since: start), to: .timeCheckpointing) }
        let isKnown = unsaved != nil
        note(word)
        if let unsaved, !isKnown {
            logger.error("\(unsaved); the run goes on, and it is tried again every \(Int(Self.retrySeconds)) s")
        }
    }

    /// Waits until all that was handed over is on disk.
    func awaitCheckpoints() {
        if let best = bestToStore, writer.waiting.count < 2 {
            bestToStore = nil
            store(best, as: .best)
        }
        var (start, deadline) = (Deadline.now, Deadline.after(seconds: Self.endSeconds))
        var isTold = false
        while let order = writer.waiting.first {
            if let word = writer.take(before: min(deadline, isTold ? deadline : .after(seconds: 1))) {
                note(word)
                if let fault = word.fault { logger.error("\(fault)") }
                (start, deadline, isTold) = (.now, .after(seconds: Self.endSeconds), false)
            } else if !deadline.isPast {
                isTold = true
                logger.info(
                    "waiting for checkpoint \(order.capture.version) to be on disk, for \(Int(deadline.remainingSeconds)) s at most")
            } else {
                unsaved = "checkpoint \(order.capture.version) was not on disk after \(Int(Deadline.now.seconds(since: start))) s"
                logger.error("\(unsaved ?? ""): the disk is slow or stands still, and this learner ends without it")
                break
            }
        }
        writer.end()
    }

    /// A disk that is full now may have room next time.
    private func note(_ word: CheckpointWriter.Word) {
        let capture = word.order.capture
        slownessIsTold = false
        if let fault = word.fault {
            unsaved = fault
            // There may be room again soon, and unrolls wait for it.
            nextCheckpoint = min(nextCheckpoint, .after(seconds: Self.retrySeconds))
            return
        }
        if unsaved != nil { logger.info("checkpoints are written again: \(capture.version)") }
        unsaved = nil
        storedPosition = max(storedPosition, capture.state.books.position)
        link.covered(through: capture.state.books.position)
        nextCheckpoint = max(nextCheckpoint, .after(seconds: word.seconds * (1 / Self.diskShare - 1)))
    }

    private static let retrySeconds = 5.0

    private func tellSlowness() {
        guard !slownessIsTold, let order = writer.waiting.first else { return }
        let seconds = Deadline.now.seconds(since: order.handedOver)
        guard seconds > Self.slowSeconds else { return }
        slownessIsTold = true
        logger.warning(
            "checkpoint \(order.capture.version) is under way for \(Int(seconds)) s: the disk is slow; the training goes on, and the next checkpoint waits"
        )
    }
}
