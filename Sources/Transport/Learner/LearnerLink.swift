package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The learner's end of the wire. `next` and all that changes state is for one thread, the trainer's; `overview` is
/// for any.
///
/// ```
/// link.open(offer)
/// link.publish(snapshot)
/// while let event = link.next(before: deadline) { … }   // until a batch is complete
/// link.publish(newer, trainedOn: batch)
/// ```
package protocol LearnerLink: AnyObject {
    /// Begins to answer HELLOs; until now they waited.
    /// - Parameters:
    ///   - past: what earlier learners of the run left. Their unrolls that wait for a fate don't come as events: take them
    ///     from the journal, with the tickets of `ticket(ofReplayed:)`.
    ///   - journal: stores what is accepted before it is acknowledged; nil: it is acknowledged at once.
    func open(_ offer: LearnerOffer, after past: RunPast, journal: (any UnrollJournal)?)
    /// Ticket of an unroll of the past, for `settle`; nil when it has its fate.
    func ticket(ofReplayed index: UInt64) -> UInt64?
    /// All of the past that can be read was read: what no ticket was asked for is abandoned.
    /// - Returns: how many unrolls.
    func abandonUntaken() -> Int
    /// The books as of the fates that were told: those of a checkpoint taken now.
    var settledBooks: LedgerBooks { get }
    /// The books now; what has no fate is pending.
    var books: LedgerBooks { get }
    /// A checkpoint covers all entries up to this index: they need no journal to be acknowledged.
    func covered(through index: UInt64)
    /// The oldest event, or nil when none came in time.
    func next(before deadline: Deadline) -> LearnerEvent?
    /// Gives each of these unrolls its one fate and their credit to actors.
    func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate)
    /// The same for one.
    func settle(_ unroll: ReceivedUnroll, _ fate: Fate)
    /// An unroll passed all checks, and the training can't use it: its fate is `invalid`, and its actor gets to know why.
    func settleUnusable(_ unroll: ReceivedUnroll, _ fault: String)
    /// There is nothing to train any more: actors get no credit.
    func endTraining()
    /// Tells actors of new parameters, and that these unrolls were trained on for them. The last two versions are kept, and others as
    /// long as an evaluation or a pull needs them.
    func publish(_ snapshot: ParameterSnapshot, trainedOn unrolls: [ReceivedUnroll])
    /// Has an actor play: one in the role for it, else one that acts. The answer is an event, `evaluation` or
    /// `evaluationLost`. Without any actor the request waits for one.
    func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot)
    /// The answer is wanted no more: no event of it follows, and the actor that plays goes back to what else it does.
    /// Nothing happens when it was answered or lost already.
    func cancelEvaluation(_ identifier: UInt64)
    /// Says goodbye to all, waits at most 3 s and until `deadline` for their last counts, and closes.
    /// Unrolls without a fate become `abandoned`.
    func finish(_ farewell: Farewell, before deadline: Deadline)
    /// Batches are of so many unrolls from now on. Between two batches only.
    func setBatch(unrolls: Int)
    /// What bounds the experience in flight, and what that costs.
    var pressure: CreditPressure { get }
    /// The state of the wire now.
    var overview: TransportOverview { get }
    /// Actors with a session now, by name, no more than so many.
    func actors(atMost count: Int) -> [ActorOverview]
}

extension LearnerLink {
    /// A run without a past and without a journal.
    package func open(_ offer: LearnerOffer) { open(offer, after: RunPast(), journal: nil) }

    package func actors(atMost count: Int) -> [ActorOverview] { [] }

    /// Parameters that were not trained: the first ones.
    package func publish(_ snapshot: ParameterSnapshot) { publish(snapshot, trainedOn: []) }
}

/// What bounds the experience in flight, and what that costs.
package struct CreditPressure: Hashable, Sendable {
    /// Unrolls that may be granted, in flight or queued, and how many the policy lag lets them become.
    package var window = 0
    package var bound = 0
    /// Memory has no room for as many.
    package var isOutOfRoom = false
    /// Trainer and actors wait, and only that bound keeps them.
    package var isAtBound = false
    /// The same of this moment, which wider batches would mend.
    package var wantsWiderBatches = false
    /// Trainer and actors each wait for more than half of their time, actors by what they tell.
    package var bothWait = false
    /// Shares of their time that trainer and actors wait, of late.
    package var trainerWaits = 0.0
    package var actorsWait = 0.0

    package init() {}
}

/// What a learner gets to know.
package enum LearnerEvent: Sendable {
    /// A valid unroll, acknowledged.
    case unroll(ReceivedUnroll)
    case evaluation(EvaluationReport)
    /// The actor that played was lost; ask again.
    case evaluationLost(identifier: UInt64, reason: String)
    /// What actors can step, each spec once, while there is no offer yet.
    case environmentOffered(EnvironmentSpec)
    case actorJoined(ActorIdentity, ActorRole)
    case actorLeft(ActorIdentity, ActorRole, reason: String)
    /// No actor can be heard any more, and why: the learner has to end.
    case broken(String)
}

/// The wire at one moment.
package struct TransportOverview: Hashable, Sendable {
    /// Actors with a session now that act, and that evaluate.
    package var actingActors = 0
    package var evaluatingActors = 0
    /// Threads that step environments, of all that act.
    package var actingThreads = 0
    /// Starts of acting actors that ever had a session; one that comes back counts once.
    package var actorsEver: UInt64 = 0
    /// Connections with a session now, and since the start.
    package var sessions = 0
    package var sessionsEver: UInt64 = 0
    package var ledger = Ledger()
    /// HELLOs and connections that were refused.
    package var refused = RefusalCounts()
    /// Bytes of frames received and sent.
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// Unrolls that wait for the trainer.
    package var queuedUnrolls = 0
    /// Entries that wait for the journal.
    package var unstoredEntries = 0
    /// Unrolls granted to actors and not arrived.
    package var grantedUnrolls = 0
    package var pressure = CreditPressure()
    /// That the policy lag limits the rate.
    package var lagLimit: LagLimit?
    /// That something else keeps both waiting.
    package var flowLimit: FlowLimit?
    /// Actors that hold credit and send nothing for longer than others need, and the names of some of them.
    package var idleActors = 0
    package var idleNames = ""
    /// Of all acting actors together, as of their last PING.
    package var actorTimes = ActorTimes()

    package init() {}
}
