package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// What an actor brings.
package struct ActorOffer: Sendable {
    package var role: ActorRole
    /// What it can step.
    package var environments: [EnvironmentSpec]
    /// What it can step as options say.
    package var families: [String]
    /// Its name, unique in the run.
    package var instance: String
    /// Which start of it: strictly increasing per name; 0 in serial mode.
    package var incarnation: UInt64
    /// What it was built from, for people.
    package var build: String
    /// Bytes of unrolls that may wait for acknowledgement; beyond it the actor doesn't step.
    package var outboxByteBudget: Int
    /// Loops that take turns, each on a thread of its own.
    package var threads: Int

    package init(
        role: ActorRole, environments: [EnvironmentSpec], instance: String, incarnation: UInt64, build: String,
        outboxByteBudget: Int, threads: Int = 1, families: [String] = []
    ) {
        self.families = families
        self.role = role
        self.environments = environments
        self.instance = instance
        self.incarnation = incarnation
        self.build = build
        self.outboxByteBudget = outboxByteBudget
        self.threads = threads
    }
}

/// What an actor is to do next.
package enum ActorTurn: Sendable {
    /// A session with other work than before: (re)build environments and plans.
    case assigned(Assignment)
    /// Step this many unrolls, at most as many as wanted; credit for them is reserved. `parameters` are what
    /// to step them with, if that changed since the last turn.
    case rollout(unrolls: Int, parameters: ParameterSnapshot?)
    /// Play greedy episodes with these pinned parameters and send a report.
    case evaluate(EvaluationRequest, ParameterSnapshot)
    /// The learner said goodbye. After `restarting` further turns wait for the next learner.
    case finished(Farewell)
    /// Refused, or gave up: there will be no further turn.
    case failed(TransportError)
}

/// An unroll that an actor has stepped to its end.
package struct CompletedUnroll: Sendable {
    package var block: UnrollBlock
    package var header: UnrollHeader

    package init(_ block: UnrollBlock, _ header: UnrollHeader) { (self.block, self.header) = (block, header) }
}

/// A loop's end of the actor's wire. For one thread, the loop's.
package protocol ActorLink: AnyObject {
    /// Waits, at an unroll boundary, until there is something to do: for a rollout until credit is there *and* the
    /// version that was newest when it came, or a newer one, or one that the learner takes for new enough where fetching takes long.
    /// Nil at the deadline.
    /// - Parameter unrolls: unrolls the loop can step at once; 0: it steps none, and hears of all else.
    func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn?
    /// Sends the complete unrolls of a round. They stay in the outbox until they are acknowledged; the sequence of their headers is
    /// given here.
    func send(_ round: [CompletedUnroll])
    func send(_ report: EvaluationReport)
    /// The evaluation can't be played: the learner asks somebody else.
    func send(_ failure: EvaluationFailure)
    /// The evaluation that is being played is wanted no more: it was cancelled, the learner said goodbye, or its session is
    /// over. Cheap enough to ask every few steps.
    var wantsToInterrupt: Bool { get }
    /// Credit reserved by a `rollout` turn that won't be used.
    func giveBack(unrolls: Int)
    /// The loop has no parameters to act with: the next rollout turn hands the newest over again. Those that are `unfit`
    /// don't come again; the turn waits for others.
    func forgetParameters(unfit: ParameterSnapshot?)
    /// The assigned work can't be done here, and why, in one line: the learner gets to know, and gives this actor nothing
    /// more to do. Turns wait for a learner with other work.
    func decline(_ reason: String)
    /// Tells how many environment steps were taken in all, and what the loop's time went to; PING carries both.
    func report(steps: UInt64, _ times: ActorTimes)
    /// A block from the pool of acknowledged ones, not initialised.
    func makeBlock(byteCount: Int) -> UnrollBlock
}
