import StarlingExperience
import StarlingThreads

/// The unrolls that are the trainer's, and its wait for them.
struct TrainerIntake {
    /// In the queue of events.
    private(set) var queued = 0
    /// Taken by the trainer and not settled.
    private(set) var inTraining = 0
    /// Taken since the last publication and not settled with another fate than `trained`: those that the next version is made of, which
    /// is what lockstep counts.
    private(set) var takenSincePublication = 0
    /// When the trainer began its batch, since when it waits, and how long it waited for the batch until then.
    private var batchBegan: Deadline?
    private var waitingSince: Deadline?
    private var secondsWaited = 0.0

    /// An unroll is in the queue of events.
    mutating func noteQueued() { queued += 1 }

    /// The trainer asked for an event: whether there was one.
    mutating func noteAsked(_ isAnswered: Bool, at now: Deadline) {
        guard isAnswered else {
            if waitingSince == nil { waitingSince = now }
            return
        }
        if let since = waitingSince {
            secondsWaited += now.seconds(since: since)
            waitingSince = nil
        }
    }

    /// The trainer takes an unroll.
    mutating func take() {
        queued -= 1
        inTraining += 1
        takenSincePublication += 1
    }

    /// The trainer begins a batch.
    /// - Returns: seconds that the last one took, and how many of them it waited for it; 0 before the first.
    mutating func beginBatch(at now: Deadline) -> (seconds: Double, waited: Double) {
        defer { (batchBegan, secondsWaited) = (now, 0) }
        return (batchBegan.map { now.seconds(since: $0) } ?? 0, secondsWaited)
    }

    /// An unroll that the trainer has taken has a fate.
    mutating func noteFate(_ fate: Fate) {
        inTraining -= 1
        if fate != .trained { takenSincePublication = max(0, takenSincePublication - 1) }
    }

    /// A version was published.
    mutating func notePublication() { takenSincePublication = 0 }

    /// Nothing is with the trainer any more.
    mutating func close() { (queued, inTraining) = (0, 0) }
}
