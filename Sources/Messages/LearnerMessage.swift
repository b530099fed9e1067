package import StarlingExperience

/// What a learner may say to an actor.
package enum LearnerMessage: Hashable, Sendable {
    case welcome(Welcome)
    case refuse(Refusal)
    case status(SessionStatus)
    case weights(WeightsHeader)
    case weightsGone(session: UInt64, ParameterVersion, newest: Announcement)
    case evaluate(session: UInt64, EvaluationRequest, Announcement)
    case bye(session: UInt64, Farewell)
    /// A handshake is wanted: the session of your message is not known here.
    case handshakeRequest(session: UInt64)
    case probeAnswer(ProbeAnswer)
}

/// The answer to a good HELLO.
package struct Welcome: Hashable, Sendable {
    /// Version of the protocol the learner speaks, and what it was built from.
    package var protocolVersion: UInt32
    package var build: String
    /// Identity of the run, never 0: the same after a restart of its learner.
    package var run: UInt64
    /// Generation of the learner.
    package var generation: UInt32
    package var assignment: Assignment
    /// Session number, cursor, credit and newest version at the beginning.
    package var status: SessionStatus
    /// Whether blocks are to be compressed.
    package var compression: BlockCompression
    /// What an unroll of the assignment holds, as the learner means it; nil: one that doesn't tell. What was read is the
    /// actor's own, since another is refused.
    package var schema: UnrollSchema?
    /// Updates that parameters may be older than the newest when an unroll begins; 0: it begins with what was newest when its credit
    /// came.
    package var parameterSlack: UInt64
    /// The learner reads payloads of frames.
    package var readsPayload: Bool

    package init(
        protocolVersion: UInt32, build: String, run: UInt64, generation: UInt32, assignment: Assignment,
        status: SessionStatus, compression: BlockCompression = .none, schema: UnrollSchema? = nil, parameterSlack: UInt64 = 0,
        readsPayload: Bool = false
    ) {
        self.schema = schema
        self.parameterSlack = parameterSlack
        self.readsPayload = readsPayload
        self.compression = compression
        self.protocolVersion = protocolVersion
        self.build = build
        self.run = run
        self.generation = generation
        self.assignment = assignment
        self.status = status
    }
}

/// ACK and PONG in one. All numbers are absolute, so losing or repeating one changes nothing.
package struct SessionStatus: Hashable, Sendable {
    package var session: UInt64
    /// All unrolls up to this sequence are the learner's.
    package var acknowledgedThrough: UInt64
    /// Bytes of blocks the actor may have sent since the session began.
    package var creditLimit: UInt64
    /// The newest parameters, nil before the first.
    package var newest: Announcement?
    /// Not 0: an unroll came out of order; send again from this sequence.
    package var resendFrom: UInt64
    /// Seconds between PINGs of the session; 0: one.
    package var pingSeconds: UInt32
    /// Of the evaluations that were asked for in this session, the first so many are wanted no more.
    package var cancelledEvaluations: UInt64
    /// Unrolls of this session that the learner found invalid.
    package var invalidUnrolls: UInt64
    /// What the last of them broke, for people.
    package var lastFault: String

    package init(
        session: UInt64, acknowledgedThrough: UInt64, creditLimit: UInt64, newest: Announcement?,
        resendFrom: UInt64 = 0, pingSeconds: UInt32 = 0, cancelledEvaluations: UInt64 = 0, invalidUnrolls: UInt64 = 0,
        lastFault: String = ""
    ) {
        self.invalidUnrolls = invalidUnrolls
        self.lastFault = lastFault
        self.cancelledEvaluations = cancelledEvaluations
        self.session = session
        self.acknowledgedThrough = acknowledgedThrough
        self.creditLimit = creditLimit
        self.newest = newest
        (self.resendFrom, self.pingSeconds) = (resendFrom, pingSeconds)
    }
}

/// What stands before a piece of a parameter blob.
package struct WeightsHeader: Hashable, Sendable {
    package var session: UInt64
    /// Version, digest and size of the whole blob.
    package var of: Announcement
    /// Where the piece that follows belongs.
    package var offset: UInt64
    /// Bytes of the piece.
    package var count: UInt32
    /// To be heard when the parameters are there; nil: it comes by itself, or there is none.
    package var status: SessionStatus?

    package init(session: UInt64, of announcement: Announcement, offset: UInt64, count: UInt32, status: SessionStatus? = nil) {
        self.status = status
        self.session = session
        self.of = announcement
        self.offset = offset
        self.count = count
    }
}

/// What a learner says about itself.
package struct ProbeAnswer: Hashable, Sendable {
    package var protocolVersion: UInt32
    package var build: String
    /// Of the PROBE.
    package var identifier: UInt64
    /// The learner's clock, microseconds since 1970.
    package var clock: UInt64
    /// Name of the run; empty: none as yet.
    package var run: String
    package var generation: UInt32
    /// Nil: none as yet.
    package var newest: Announcement?
    /// Actors that act now.
    package var actingActors: UInt32
    /// The name of the key the question came with; empty: the learner has no keys.
    package var knownAs: String
    /// Actors that hold credit and send nothing for longer than others need, and the names of some of them.
    package var idleActors: UInt32
    package var idleNames: String
    /// That the policy lag limits the rate, for people; empty: it doesn't.
    package var lagLimit: String

    package init(
        protocolVersion: UInt32, build: String, identifier: UInt64, clock: UInt64, run: String, generation: UInt32,
        newest: Announcement?, actingActors: UInt32, knownAs: String, idleActors: UInt32 = 0, idleNames: String = "", lagLimit: String = ""
    ) {
        self.idleActors = idleActors
        self.idleNames = idleNames
        self.lagLimit = lagLimit
        self.protocolVersion = protocolVersion
        self.build = build
        self.identifier = identifier
        self.clock = clock
        self.run = run
        self.generation = generation
        self.newest = newest
        self.actingActors = actingActors
        self.knownAs = knownAs
    }
}

/// Why a learner will not work with an actor.
package struct Refusal: Hashable, Sendable {
    package enum Code: UInt8, Hashable, Sendable, CaseIterable {
        case protocolVersion = 0
        case unknownEnvironment = 1
        case differentEnvironment = 2
        case olderIncarnation = 3
        /// Too many messages that cannot be read.
        case garbage = 4
        /// No room for more sessions.
        case full = 5
        /// The actor's key is not, or no longer, on the learner's list.
        case key = 6
        /// The actor told that it can't do the run's work. Only those are refused so who told it.
        case unable = 7
    }

    package var code: Code
    /// What is wrong, in one line.
    package var reason: String
    /// How to mend it, in one line.
    package var remedy: String
    /// True: trying again later may help without any change.
    package var isTemporary: Bool { code == .full || code == .unable }

    package init(code: Code, reason: String, remedy: String) {
        self.code = code
        self.reason = reason
        self.remedy = remedy
    }
}
