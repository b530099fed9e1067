package import StarlingExperience

/// What an actor may say to a learner.
package enum ActorMessage: Hashable, Sendable {
    case hello(Hello)
    case experience(ExperienceHeader)
    case skip(Skip)
    case pull(Pull)
    case ping(session: UInt64, ActorCounts)
    case evaluation(session: UInt64, EvaluationReport)
    case evaluationFailed(session: UInt64, EvaluationFailure)
    case bye(session: UInt64, ActorCounts)
    /// A goodbye of an actor that can't do what the learner's WELCOME asks for; `reason` is for people, in one line.
    case unable(session: UInt64, ActorCounts, reason: String)
    case probe(Probe)
}

/// The first message of a connection.
package struct Hello: Hashable, Sendable {
    /// Version of the protocol this actor speaks.
    package var protocolVersion: UInt32
    /// What the actor was built from, for people.
    package var build: String
    /// Name of the actor, unique within the run.
    package var instance: String
    /// Start of this actor; a newer one shuts out the older ones of the same name.
    package var incarnation: UInt64
    package var role: ActorRole
    /// Identity of the run this incarnation worked for last; 0: none as yet.
    package var run: UInt64
    /// The ordinal it had in that run, or nil.
    package var ordinal: UInt32?
    /// Unrolls it had produced when it joined that run.
    package var runBaseline: UInt64
    /// Sequence of the oldest unroll in its outbox; `counts.produced + 1` when the outbox is empty.
    package var firstUnacknowledged: UInt64
    package var counts: ActorCounts
    /// What it can step.
    package var environments: [EnvironmentSpec]
    /// Environments that it can step as their options say; their shapes follow from those.
    package var families: [String]
    /// Threads that step environments, each as many as the run has per actor.
    package var threads: Int
    /// It reads payloads of frames, and the status of WEIGHTS.
    package var readsPayload: Bool

    package init(
        protocolVersion: UInt32, build: String, instance: String, incarnation: UInt64, role: ActorRole, run: UInt64,
        ordinal: UInt32?, runBaseline: UInt64, firstUnacknowledged: UInt64, counts: ActorCounts,
        environments: [EnvironmentSpec], families: [String] = [], threads: Int = 1, readsPayload: Bool = false
    ) {
        self.families = families
        self.protocolVersion = protocolVersion
        self.build = build
        self.instance = instance
        self.incarnation = incarnation
        self.role = role
        self.run = run
        self.ordinal = ordinal
        self.runBaseline = runBaseline
        self.firstUnacknowledged = firstUnacknowledged
        self.counts = counts
        self.environments = environments
        self.threads = threads
        self.readsPayload = readsPayload
    }
}

/// A question about the learner, from anybody who may connect. It begins no session and changes nothing.
package struct Probe: Hashable, Sendable {
    package var protocolVersion: UInt32
    package var build: String
    /// Comes back with the answer.
    package var identifier: UInt64

    package init(protocolVersion: UInt32, build: String, identifier: UInt64) {
        self.protocolVersion = protocolVersion
        self.build = build
        self.identifier = identifier
    }
}

/// What stands before an unroll's block.
package struct ExperienceHeader: Hashable, Sendable {
    package var session: UInt64
    package var counts: ActorCounts
    package var unroll: UnrollHeader
    /// Bytes of the block that follows, in one or several frames.
    package var byteCount: UInt32
    /// XXH64 of the block.
    package var checksum: UInt64
    /// Bytes of the LZ4 block that follows in place of the block; 0: the block itself.
    package var compressedByteCount: UInt32

    package init(
        session: UInt64, counts: ActorCounts, unroll: UnrollHeader, byteCount: UInt32, checksum: UInt64,
        compressedByteCount: UInt32 = 0
    ) {
        self.compressedByteCount = compressedByteCount
        self.session = session
        self.counts = counts
        self.unroll = unroll
        self.byteCount = byteCount
        self.checksum = checksum
    }
}

extension ExperienceHeader {
    /// Bytes of the frames that follow.
    package var payloadByteCount: Int { Int(compressedByteCount > 0 ? compressedByteCount : byteCount) }
}

/// The unrolls up to and including `through` that were not sent yet never will be.
package struct Skip: Hashable, Sendable {
    package var session: UInt64
    package var through: UInt64
    package var counts: ActorCounts

    package init(session: UInt64, through: UInt64, counts: ActorCounts) {
        self.session = session
        self.through = through
        self.counts = counts
    }
}

/// Why an actor can't play an evaluation.
package struct EvaluationFailure: Hashable, Sendable {
    package var identifier: UInt64
    /// For people, in one line.
    package var reason: String

    package init(identifier: UInt64, reason: String) {
        self.identifier = identifier
        self.reason = reason
    }
}

/// A request for a piece of a parameter blob.
package struct Pull: Hashable, Sendable {
    /// 0: without one, after a PROBE.
    package var session: UInt64
    package var version: ParameterVersion
    package var offset: UInt64
    /// Bytes wanted; at most `WireLimits.frameByteCount`.
    package var count: UInt32

    package init(session: UInt64, version: ParameterVersion, offset: UInt64, count: UInt32) {
        self.session = session
        self.version = version
        self.offset = offset
        self.count = count
    }
}
