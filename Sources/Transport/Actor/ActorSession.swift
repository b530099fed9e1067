import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The actor's role without sockets: messages, the loop's calls and time go in; messages, turns and log lines come out.
/// It lives as long as the actor and has one connection after another.
package struct ActorSession {
    package enum Phase: Hashable {
        /// No connection, or one that is being given up.
        case disconnected
        /// Said HELLO.
        case greeting
        /// Has a session.
        case working
        /// The learner's goodbye was answered.
        case parted
        /// Refused, gave up or drained: for good.
        case over
    }

    /// A message for the learner, with the unroll that follows it.
    package struct Outgoing {
        package var message: ActorMessage
        package var block: UnrollBlock?
        /// Bytes of the block that are sent.
        package var byteCount = 0
        /// They go in the header's frame.
        package var isPayload = false

        /// What goes in the header's frame; nil: nothing.
        package var payload: UnsafeRawBufferPointer? {
            isPayload ? block.map { UnsafeRawBufferPointer(rebasing: $0.bytes[..<byteCount]) } : nil
        }
        /// The block follows in frames of its own.
        package var hasFrames: Bool { block != nil && !isPayload }
    }

    package static let pingSeconds = 1.0
    /// How long a HELLO waits before that is told.
    package static let greetingSeconds = 10.0
    /// Connecting and shaking hands must be done in so long: libzmq's own time for a handshake, and some tries of TCP.
    package static let connectionSeconds = 20.0
    package static let silenceSeconds = 60.0
    /// A goodbye of the learner is answered after so long even if a loop has not come to its boundary.
    package static let partingSeconds = 2.5
    /// A piece of parameters that does not come in so long is asked for again.
    static let pullSeconds = 10.0

    /// So many updates old may be what came ahead of credit when the loop takes its turn.
    static let updatesToWake: UInt64 = 1

    /// Parameters that may be gone one after the other.
    static let goneLimit = 100

    package let offer: ActorOffer
    package var phase = Phase.disconnected
    /// The wiring is to give this connection up and to make another: why.
    package var wantsReconnection: Disconnect?
    var failure: TransportError?

    var loops: [Loop]
    // Of all of them, because they are asked with every message.
    /// Unrolls that loops were allowed to step and have not sent.
    package var reserved = 0
    /// Loops that wait for a turn.
    var awaitingCount = 0

    // The run this incarnation works for.
    var run: UInt64 = 0
    var runBaseline: UInt64 = 0
    /// The learner's last; each loop is told of it before its next turn.
    var assignment: Assignment?
    var layout: UnrollLayout?
    /// Updates that parameters may be older than the newest when an unroll begins.
    var parameterSlack: UInt64 = 0
    /// The learner reads payloads of frames.
    var sendsPayload = false
    /// Whether the learner wants blocks compressed.
    var compression = BlockCompression.none

    // Unrolls.
    package var produced: UInt64 = 0
    var outbox = Outbox()
    /// What a learner took over or knows to be dropped.
    package var acknowledgedThrough: UInt64 = 0

    // The session.
    var session: UInt64 = 0
    var sessionBase: UInt64 = 0
    var grantedThrough: UInt64 = 0
    var sentThrough: UInt64 = 0
    var lastHeard = Deadline(nanoseconds: 0)
    var nextPing = Deadline(nanoseconds: .max)
    /// When a HELLO that waits for its answer is told of; never again on the same connection.
    var waitTold = Deadline(nanoseconds: .max)
    /// Seconds from one to the next, as the learner wishes.
    var pingInterval = ActorSession.pingSeconds
    /// The learner's goodbye, until all loops know of it.
    var farewell: Farewell?
    var farewellDeadline: Deadline?
    /// The goodbye that was answered last.
    var answered: Farewell?
    /// The learner of this connection sent what can't be.
    package var isGarbled = false
    var garbageIsTold = false
    /// Invalid unrolls of this session that the log knows of.
    var invalidUnrollsTold: UInt64 = 0
    /// Parameters that were gone when they were asked for, since some came.
    var goneCount = 0
    var isDraining = false
    /// A loop asked for a turn after a goodbye: it wants the next learner.
    var wantsNextLearner = false

    // Parameters.
    var newest: Announcement?
    var parameters: ParameterSnapshot?
    /// Parameters that the loops can't act with: they wait for others.
    var unfit: Announcement?
    /// The version that a waiting turn must not be older than.
    var turnVersion: Announcement?
    var download: Download?
    /// What the last download took and when that was; nil before the first.
    var fetch: (seconds: Double, at: Deadline)?

    // An evaluation the learner asked for. The first loop plays it, and the others go on.
    var evaluation: (request: EvaluationRequest, announcement: Announcement, snapshot: ParameterSnapshot?)?
    /// What is played, the session that asked for it, and which of that session's it is.
    var playing: (identifier: UInt64, session: UInt64, number: UInt64)?
    /// Evaluations that this session asked for, and how many of them it wants no more.
    var evaluationsAsked: UInt64 = 0
    var cancelledEvaluations: UInt64 = 0

    // What comes out.
    package var outgoing: [Outgoing] = []
    package var notices: [Notice] = []

    package init(offer: ActorOffer) {
        self.offer = offer
        loops = Array(repeating: Loop(), count: max(1, offer.threads))
    }

    /// Goes on as an actor of this run that has completed so many unrolls, all of them acknowledged.
    package init(offer: ActorOffer, run: UInt64, produced: UInt64) {
        self.init(offer: offer)
        self.run = run
        self.produced = produced
        acknowledgedThrough = produced
    }

    /// The learner said goodbye, or there is none to come: the end of the connection is no news.
    var isParted: Bool { phase == .parted || phase == .over }

    /// Unrolls completed, if nothing is begun or unacknowledged; else nil.
    package var producedAtRest: UInt64? { outbox.count == 0 && reserved == 0 ? produced : nil }

    /// The wiring is to make a connection.
    package var wantsConnection: Bool { phase == .disconnected || isDoneWithLearner }
    /// The learner that said goodbye is to be left for the next.
    var isDoneWithLearner: Bool { phase == .parted && wantsNextLearner }

    /// The wiring has something to do.
    var hasNews: Bool { !outgoing.isEmpty || wantsReconnection != nil || isDoneWithLearner || phase == .over }

    package var outboxCount: Int { outbox.count }

    var counts: ActorCounts { ActorCounts(produced: produced, sentThrough: sentThrough, steps: steps, times: times) }

    // MARK: Connection

    /// A connection is about to be made. The learner that said goodbye is left for good, or that wish would end the new
    /// connection too.
    package mutating func beginConnecting() {
        guard isDoneWithLearner else { return }
        phase = .disconnected
        wantsNextLearner = false
    }

    /// A new connection is there: says HELLO.
    package mutating func connected(at now: Deadline) {
        guard phase != .over else { return }
        precondition(phase == .disconnected || phase == .parted, "connected while \(phase)")
        phase = .greeting
        waitTold = now.advanced(seconds: Self.greetingSeconds)
        wantsReconnection = nil
        wantsNextLearner = false
        answered = nil
        isGarbled = false
        goneCount = 0
        lastHeard = now
        outgoing.append(
            Outgoing(
                message: .hello(
                    Hello(
                        protocolVersion: WireLimits.protocolVersion, build: offer.build, instance: offer.instance,
                        incarnation: offer.incarnation, role: offer.role, run: run,
                        ordinal: assignment?.ordinal, runBaseline: runBaseline,
                        firstUnacknowledged: acknowledgedThrough + 1, counts: counts,
                        environments: offer.environments, families: offer.families, threads: loops.count, readsPayload: true)), block: nil))
    }

    /// The connection is gone, and with it all that was under way.
    package mutating func disconnected() {
        outgoing.removeAll()
        download = nil
        evaluation = nil
        turnVersion = nil
        newest = nil
        session = 0
        (evaluationsAsked, cancelledEvaluations, invalidUnrollsTold) = (0, 0, 0)
        // The outbox was sent nowhere as far as the next learner is concerned.
        sentThrough = 0
        grantedThrough = 0
        nextPing = Deadline(nanoseconds: .max)
        wantsReconnection = nil
        switch phase {
        // A goodbye that the loop has not heard yet still counts, and one that it heard too.
        case .working, .greeting: phase = farewell == nil ? .disconnected : .parted
        case .disconnected, .parted, .over: break
        }
    }

    /// Ends for good with an error, the loop's last turn.
    package mutating func fail(_ error: TransportError) {
        guard phase != .over else { return }
        phase = .over
        failure = error
        outgoing.removeAll()
    }

    mutating func giveUpConnection(_ disconnect: Disconnect) {
        guard wantsReconnection == nil else { return }
        wantsReconnection = disconnect
    }

    /// The learner wants what this actor can't do. It tells the learner so, by its name there, and leaves; it comes back
    /// now and then, because the learner may change its mind, or be another.
    package mutating func decline(_ reason: String, by loop: Int = 0) {
        // Of another session's work nothing is known yet.
        guard phase == .working, loops[loop].assignment == assignment else { return }
        leave(session, reason, Disconnect("this actor can't do the learner's work: \(reason)", isLasting: true))
    }

    /// Says goodbye to a session whose work can't be done. What is reserved stays so until the loop gives it back.
    mutating func leave(_ session: UInt64, _ reason: String, _ disconnect: Disconnect) {
        outgoing.append(Outgoing(message: .unable(session: session, counts, reason: reason), block: nil))
        phase = .disconnected
        giveUpConnection(disconnect)
    }

    /// Timers: PING, silence, a goodbye that waits for the loop, pieces that do not come.
    package mutating func advance(to now: Deadline) {
        guard phase == .working || phase == .greeting else { return }
        if phase == .working, now >= nextPing {
            nextPing = now.advanced(seconds: pingInterval)
            outgoing.append(Outgoing(message: .ping(session: session, counts), block: nil))
        }
        // A learner that has no offer yet lets a HELLO wait without a word; its heartbeats tell that it lives.
        if phase == .greeting, now >= waitTold {
            waitTold = Deadline(nanoseconds: .max)
            notices.append(
                Notice(
                    .info,
                    "connected, and the learner has no work yet: it is starting, or waits for an actor that brings its environment (--environment-from-actors there, --environment here)"
                ))
        }
        if phase == .working, now.seconds(since: lastHeard) > Self.silenceSeconds {
            giveUpConnection(
                Disconnect("no word from the learner for \(Int(Self.silenceSeconds)) s", remedy: "see whether it runs and is reached"))
        }
        if let farewellDeadline, now >= farewellDeadline { answerFarewell() }
        if let download, now.seconds(since: download.lastProgress) > Self.pullSeconds {
            startDownload(download.announcement, at: now)
        }
    }

    /// When `advance` is due next.
    var nextTimer: Deadline {
        var next = phase == .greeting ? min(nextPing, waitTold) : nextPing
        if let farewellDeadline { next = min(next, farewellDeadline) }
        return next
    }

    package mutating func answerFarewell() {
        farewellDeadline = nil
        answered = farewell
        if phase == .greeting { phase = .parted }
        guard phase == .working else { return }
        outgoing.append(Outgoing(message: .bye(session: session, counts), block: nil))
        phase = .parted
    }
}
