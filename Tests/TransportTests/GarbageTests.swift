import Glibc
import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingProcessSupport
import StarlingThreads
import StarlingTransport
import StarlingZeroMQ
import Testing

/// What a peer with a good key may say that no honest one would.
enum Garbage: CaseIterable {
    case noise, nothing, truncated, longLength, secondHello, reportOfNobody, skipOfNothing
    case wrongSize, largestSize, shortBlock, longBlock, noBlock, largestCompressed
    case checksum, unknownVersion, otherDigest, environment
    case action, reward, observation, logits, logProbability
    case replayed

    /// Where it is counted, once for each.
    var count: (Ledger) -> UInt64 {
        switch self {
        case .noise, .nothing, .truncated, .longLength, .secondHello, .reportOfNobody, .skipOfNothing: { $0.garbage }
        case .replayed: { $0.duplicates }
        default: { $0.invalid }
        }
    }

    /// The line of the log that names the peer; nil: what an honest one may do on a bad day.
    var line: String? {
        switch self {
        case .noise, .nothing, .truncated, .longLength, .secondHello, .reportOfNobody, .skipOfNothing: "sent garbage"
        case .replayed: nil
        default: "sent an invalid unroll"
        }
    }

    /// Breaks an unroll that is good so far.
    func spoil(_ header: inout ExperienceHeader, _ block: UnrollBlock, _ layout: UnrollLayout) {
        let view = MutableUnrollView(layout, block.base)
        switch self {
        case .wrongSize: header.byteCount = 64
        case .largestSize: header.byteCount = UInt32(WireLimits.blockByteCount)
        case .largestCompressed: header.compressedByteCount = header.byteCount - 1
        case .unknownVersion: header.unroll.version.update += 1000
        case .otherDigest: header.unroll.digest ^= 1
        case .environment: header.unroll.firstEnvironment = 1
        case .action: view.actions(at: 1)[0] = 2
        case .reward: view.rewards(at: 1)[0] = .nan
        case .observation: view.observations(at: 2).assumingMemoryBound(to: Float.self)[1] = .infinity
        case .logits: view.behaviorLogits(at: 1)[0] = 3
        case .logProbability: view.behaviorLogProbabilities(at: 1)[0] = -0.5
        default: break
        }
        header.checksum = Digest.of(block.bytes)
        if self == .checksum { header.checksum ^= 1 }
    }
}

/// A peer with a good key that says what it likes.
private final class Liar {
    private let dealer: ZeroMQSocket
    private let frame = ZeroMQMessage()
    private(set) var session: UInt64 = 0
    private(set) var newest: Announcement?
    /// Bytes of blocks that it may send in all.
    private(set) var credit: UInt64 = 0
    let hello: ActorMessage
    let layout: UnrollLayout

    init(_ endpoint: String, _ key: ActorKey, _ name: String, _ layout: UnrollLayout) throws {
        let socket = try ZeroMQSocket(.dealer, try ZeroMQContext())
        var options = ZeroMQOptions()
        options.reconnects = false
        options.curve = .client(key.pair, server: key.learner)
        try socket.set(options)
        try socket.connect(endpoint)
        dealer = socket
        self.layout = layout
        hello = .hello(
            Hello(
                protocolVersion: WireLimits.protocolVersion, build: "b", instance: name, incarnation: 1, role: .act, run: 0,
                ordinal: nil, runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(), environments: [testEnvironment]))
        try say(hello.encoded())
        let deadline = Deadline.after(seconds: 60)
        while session == 0, !deadline.isPast {
            _ = try hear()
        }
    }

    /// The next message, or nil when there is none as yet.
    func hear() throws -> LearnerMessage? {
        guard try dealer.receive(into: frame) else {
            usleep(1_000)
            return nil
        }
        let message = try frame.withBytes { try LearnerMessage(decoding: $0) }
        while frame.hasMore, try dealer.receive(into: frame) {}
        switch message {
        case .welcome(let welcome): (session, newest, credit) = (welcome.status.session, welcome.status.newest, welcome.status.creditLimit)
        case .status(let status): credit = max(credit, status.creditLimit)
        default: break
        }
        return message
    }

    func say(_ header: [UInt8], _ block: [UInt8]? = nil) throws {
        #expect(try dealer.send(header, more: block != nil) == .sent)
        if let block { #expect(try dealer.send(block, more: false) == .sent) }
    }

    /// An unroll that is good but for what `garbage` does to it.
    func sendUnroll(_ sequence: UInt64, session other: UInt64? = nil, _ garbage: Garbage? = nil) throws {
        let block = UnrollBlock(byteCount: layout.byteCount)
        fill(block, layout)
        let announced = try #require(newest)
        var header = ExperienceHeader(
            session: other ?? session, counts: ActorCounts(produced: sequence, sentThrough: sequence),
            unroll: UnrollHeader(
                sequence: sequence, version: announced.version, digest: announced.digest, firstStep: 0, firstEnvironment: 0,
                noiseKey: 7, episodes: []),
            byteCount: UInt32(layout.byteCount), checksum: Digest.of(block.bytes))
        garbage?.spoil(&header, block, layout)
        var bytes: [UInt8]? = Array(block.bytes)
        switch garbage {
        case .shortBlock: bytes!.removeLast(100)
        case .longBlock: bytes! += Array(repeating: 0, count: 200_000)
        case .noBlock: bytes = nil
        default: break
        }
        try say(ActorMessage.experience(header).encoded(), bytes)
    }

    func send(_ garbage: Garbage, _ number: UInt64) throws {
        let ping = ActorMessage.ping(session: session, ActorCounts(produced: 1 << 30, steps: 1 << 30)).encoded()
        switch garbage {
        case .noise: try say((0..<300).map { _ in 0xFF })
        case .nothing: try say([])
        case .truncated: try say(Array(ping.dropLast()))
        // A text of 2⁶² bytes in HELLO.
        case .longLength: try say([0x0A, 0x0B, 0x12] + Array(repeating: 0xFF, count: 8) + [0x3F, 1])
        case .secondHello: try say(hello.encoded())
        case .reportOfNobody:
            let report = EvaluationReport(identifier: number, version: newest!.version, returns: [1])
            try say(ActorMessage.evaluation(session: session, report).encoded())
        case .skipOfNothing:
            try say(ActorMessage.skip(Skip(session: session, through: 9, counts: ActorCounts(produced: 8))).encoded())
        case .replayed: try sendUnroll(1)
        default: try sendUnroll(number, garbage)
        }
    }
}

/// A peer whom the learner let in and that tells what can't be: dropped, counted, named once, and nobody else feels it.
@Suite("Garbage of a valid peer", .serialized)
struct GarbageTests {
    @Test("Every kind is dropped, counted and named once, in bounded memory, and the training goes on", arguments: Garbage.allCases)
    func kinds(_ garbage: Garbage) async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(key.path)
            let liar = try Liar(learner.link.endpoint, key, "liar", try makeOffer().layout)
            #expect(liar.session != 0)
            // Without credit the learner would not even look at what it sends.
            #expect(
                try train(learner.link, from: &learner.update) {
                    while try liar.hear() != nil {}
                    return liar.credit >= 4 * UInt64(liar.layout.byteCount)
                })
            if garbage == .replayed {
                try liar.sendUnroll(1)
                try learner.expectTraining(8)
            }
            let before = (count: garbage.count(learner.link.overview.ledger), memory: residentBytes(getpid()))
            // As many as a session has credit for.
            for number in 1...3 as ClosedRange<UInt64> { try liar.send(garbage, number) }
            #expect(train(learner.link, from: &learner.update) { garbage.count(learner.link.overview.ledger) >= before.count + 3 })
            #expect(garbage.count(learner.link.overview.ledger) == before.count + 3)
            #expect(residentBytes(getpid()) - before.memory < 256 << 20)
            if let line = garbage.line {
                let lines = { learner.lines.all.filter { $0.contains(line) } }
                #expect(learner.lines.waits(for: line))
                #expect(lines().count == 1 && lines()[0].contains("second/liar#1"), "\(lines())")
            }
            try learner.expectTraining()
            try liar.say(ActorMessage.bye(session: liar.session, ActorCounts(produced: 3)).encoded())
            learner.link.finish(.finished, before: .after(seconds: 3))
            learner.actor.join()
            let ledger = learner.link.overview.ledger
            #expect(ledger.isBalanced && learner.actor.error == nil, "\(ledger)")
        }
    }

    @Test("A skipped sequence is asked for, and another's session is no way in: its owner goes on, the liar is told to say HELLO")
    func sequencesAndSessions() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(key.path)
            let liar = try Liar(learner.link.endpoint, key, "liar", try makeOffer().layout)
            try liar.sendUnroll(3)
            var (resendFrom, isTold) = (UInt64(0), false)
            let deadline = Deadline.after(seconds: 60)
            while resendFrom == 0, !deadline.isPast {
                if case .status(let status)? = try liar.hear() { resendFrom = status.resendFrom }
            }
            #expect(resendFrom == 1)
            let before = learner.link.overview.ledger
            // The honest actor's is the first that this learner opened.
            let others = liar.session - 1
            for sequence in 1...40 as ClosedRange<UInt64> { try liar.sendUnroll(sequence, session: others) }
            try liar.say(ActorMessage.bye(session: others, ActorCounts()).encoded())
            while !isTold, !deadline.isPast {
                if case .handshakeRequest(others)? = try liar.hear() { isTold = true }
            }
            #expect(isTold)
            try learner.expectTraining()
            let after = learner.link.overview
            try liar.say(ActorMessage.bye(session: liar.session, ActorCounts(produced: 3)).encoded())
            #expect(after.sessions == 2 && after.ledger.invalid == before.invalid && after.ledger.duplicates == before.duplicates)
            #expect(!learner.lines.contains("good/host-1#1 left"))
            learner.link.finish(.finished, before: .after(seconds: 3))
            learner.actor.join()
            #expect(learner.actor.farewells == [.finished] && learner.link.overview.ledger.isBalanced)
        }
    }
}
