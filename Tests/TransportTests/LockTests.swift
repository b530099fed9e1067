import Glibc
import Logging
import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport
import StarlingZeroMQ
import Synchronization
import Testing

/// Lines of a log, for tests that wait for one.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(lines: self) } }

    func contains(_ text: String) -> Bool { lines.withLock { $0.contains { $0.contains(text) } } }

    /// Waits for a line with all of these texts.
    func waits(for texts: String..., seconds: Double = 10) -> Bool {
        let deadline = Deadline.after(seconds: seconds)
        while !deadline.isPast {
            if lines.withLock({ $0.contains { line in texts.allSatisfy(line.contains) } }) { return true }
            usleep(5_000)
        }
        return false
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
    }
}

/// A learner with keys, one enrolled actor that trains all the while, and the keys' directory.
final class LockedLearner {
    let folder: String
    let keys: KeyDirectory
    let lines = Lines()
    let link: ZeroMQLearnerLink
    let port: UInt16
    let actor: ActorThread
    var update: UInt64 = 1

    init() throws {
        var template = Array("/tmp/starling-locks-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        keys = KeyDirectory(folder + "/keys")
        try keys.make()
        let key = try keys.makeActor("good")
        _ = try keys.enrol(key.path)
        link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", keys: keys, logger: lines.logger)
        port = try #require(UInt16(link.endpoint.split(separator: ":").last!))
        link.open(try makeOffer())
        link.publish(makeSnapshot(1))
        actor = ActorThread(link.endpoint, makeActorOffer("host-1"), key: key)
        try expectTraining()
    }

    deinit {
        for name in ["keys", "other"] {
            for file in ["learner.key", "allowed", ".lock", "good.key", "stranger.key", "second.key"] {
                unlink("\(folder)/\(name)/\(file)")
            }
            rmdir("\(folder)/\(name)")
        }
        rmdir(folder)
    }

    /// The enrolled actor goes on: its unrolls are trained on.
    func expectTraining(_ count: Int = 100, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(
            train(link, count, from: &update, before: .after(seconds: 20)) >= count, sourceLocation: sourceLocation)
    }

    func finish() {
        link.finish(.finished, before: .after(seconds: 3))
        actor.join()
        let ledger = link.overview.ledger
        #expect(ledger.isBalanced && ledger.garbage == 0 && ledger.lostWithLearner == 0, "\(ledger)")
        #expect(actor.error == nil)
    }
}

@Suite("Locks over TCP", .serialized)
struct LockTests {
    @Test("Beyond this machine a learner without keys doesn't start, and says which commands to run")
    func needsKeys() throws {
        for address in ["tcp://0.0.0.0:*", "tcp://*:*", "tcp://127.example:5555", "tcp://[::]:*"] {
            let error = #expect(throws: TransportError.self) {
                try ZeroMQLearnerLink(bind: address, build: "test", logger: quiet)
            }
            #expect(error?.code == .badKeys)
            #expect(error?.message.contains("starling keygen") == true && error?.message.contains("starling enrol") == true)
        }
        let empty = #expect(throws: TransportError.self) {
            try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", keys: KeyDirectory("/nowhere"), logger: quiet)
        }
        #expect(empty?.code == .badKeys && empty?.message.contains("starling keygen /nowhere") == true)
    }

    @Test("Who an actor is, its key says: the name in its message only tells its starts apart")
    func identity() async throws {
        try await onThread {
            let learner = try LockedLearner()
            #expect(learner.lines.waits(for: "good/host-1#1 joined"))
            let second = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(second.path)
            let poser = ActorThread(learner.link.endpoint, makeActorOffer("good/host-1", incarnation: 9), key: second)
            #expect(learner.lines.waits(for: "second/good/host-1#9 joined"))
            try learner.expectTraining()
            #expect(learner.link.overview.sessions == 2)
            poser.stop()
            learner.finish()
        }
    }

    @Test("A stranger's key is refused within 2 s, both ends say why, and enrolling it lets it in without a restart")
    func unknownKey() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try learner.keys.makeActor("stranger")
            let lines = Lines()
            let stranger = ActorThread(learner.link.endpoint, makeActorOffer("s"), key: key, logger: lines.logger)
            #expect(lines.waits(for: "doesn't let the key stranger", "not enrolled there, or was revoked", seconds: 2))
            #expect(learner.lines.waits(for: "refused 127.0.0.1", "not enrolled", "starling enrol", seconds: 2))
            #expect(learner.lines.contains(key.pair.publicKey.fingerprint))
            try learner.expectTraining()
            #expect(learner.link.overview.sessions == 1 && stranger.sent == 0)
            #expect(learner.link.overview.refused.total >= 1)
            _ = try learner.keys.enrol(key.path)
            #expect(learner.lines.waits(for: "stranger/s#1 joined"))
            stranger.stop()
            learner.finish()
        }
    }

    @Test("Revocation ends a live session within 5 s: refused, cut, and kept out")
    func revocation() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(key.path)
            let lines = Lines()
            let second = ActorThread(learner.link.endpoint, makeActorOffer("s"), key: key, logger: lines.logger)
            let joined = Deadline.after(seconds: 10)
            while learner.link.overview.sessions < 2, !joined.isPast { try learner.expectTraining() }
            #expect(learner.link.overview.sessions == 2)
            let connections = countConnections(toPort: learner.port)
            _ = try learner.keys.revoke("second")
            let limit = Deadline.after(seconds: 5)
            while second.error == nil || learner.link.overview.sessions > 1, !limit.isPast { try learner.expectTraining(4) }
            #expect(second.error?.code == .refused && second.error?.message.contains("key of second") == true)
            #expect(learner.link.overview.sessions == 1)
            #expect(learner.lines.contains("session of actor second/s#1 ended: its key was revoked"))
            second.join()
            // One that doesn't listen to REFUSE would find its connection cut, and is kept out.
            let again = ActorThread(learner.link.endpoint, makeActorOffer("s", incarnation: 2), key: key, logger: lines.logger)
            #expect(lines.waits(for: "doesn't let the key second"))
            #expect(learner.lines.waits(for: "the key of second was revoked at"))
            again.stop()
            #expect(countConnections(toPort: learner.port) < connections)
            try learner.expectTraining()
            learner.finish()
        }
    }

    @Test("A revoked peer that never said HELLO and only fetches parameters is cut off too")
    func cuttingFetchers() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(key.path)
            let pull = Pull(session: 0, version: makeSnapshot(1).version, offset: 0, count: 100)
            let deaf = try Deaf(learner.link.endpoint, key, saying: .pull(pull))
            #expect(try deaf.isAnswered())
            let before = countConnections(toPort: learner.port)
            _ = try learner.keys.revoke("second")
            let limit = Deadline.after(seconds: 5)
            while countConnections(toPort: learner.port) >= before, !limit.isPast { try learner.expectTraining(4) }
            #expect(countConnections(toPort: learner.port) == before - 1)
            learner.finish()
        }
    }

    @Test("A revoked peer that won't leave is cut off")
    func cutting() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(key.path)
            let deaf = try Deaf(learner.link.endpoint, key)
            let deadline = Deadline.after(seconds: 10)
            while learner.link.overview.sessions < 2, !deadline.isPast { try learner.expectTraining(4) }
            let before = countConnections(toPort: learner.port)
            _ = try learner.keys.revoke("second")
            let limit = Deadline.after(seconds: 5)
            while countConnections(toPort: learner.port) >= before, !limit.isPast { try learner.expectTraining(4) }
            #expect(countConnections(toPort: learner.port) == before - 1)
            withExtendedLifetime(deaf) {}
            learner.finish()
        }
    }

    @Test("A key file of another learner, no key at all, and a key where none are used: refused and told")
    func mismatches() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let other = KeyDirectory(learner.folder + "/other")
            try other.make()
            let foreign = try other.makeActor("good")
            let (wrong, keyless, needless) = (Lines(), Lines(), Lines())
            let a = ActorThread(learner.link.endpoint, makeActorOffer("a"), key: foreign, logger: wrong.logger)
            #expect(wrong.waits(for: "the learner's key is another than \(foreign.path) says", "not a Starling learner", seconds: 2))
            #expect(learner.lines.waits(for: "public key of another learner", seconds: 2))
            let b = ActorThread(learner.link.endpoint, makeActorOffer("b"), logger: keyless.logger)
            #expect(keyless.waits(for: "wants a key", "--key FILE", seconds: 2))
            #expect(learner.lines.waits(for: "without a key", "--key FILE", seconds: 2))
            let open = Lines()
            let plain = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: open.logger)
            let c = ActorThread(plain.endpoint, makeActorOffer("c"), key: foreign, logger: needless.logger)
            #expect(needless.waits(for: "has no keys", "without --key", seconds: 2))
            #expect(open.waits(for: "with a key", "without --key", seconds: 2))
            for actor in [a, b, c] { actor.stop() }
            #expect([a, b, c].allSatisfy { $0.sent == 0 && $0.error == nil })
            try learner.expectTraining()
            #expect(learner.link.overview.sessionsEver == 1)
            learner.finish()
        }
    }

    @Test("A list that can't be read leaves everything as it was, and says so")
    func unreadableList() async throws {
        try await onThread {
            let learner = try LockedLearner()
            chmod(learner.keys.allowListFile, 0o666)
            #expect(learner.lines.waits(for: "chmod 600", "allow-list of before holds"))
            try learner.expectTraining()
            chmod(learner.keys.allowListFile, 0o600)
            _ = try learner.keys.revoke("good")
            let limit = Deadline.after(seconds: 5)
            while learner.actor.error == nil, !limit.isPast { usleep(10_000) }
            #expect(learner.actor.error?.code == .refused)
            learner.actor.join()
        }
    }
}

/// A peer with a good key that says one thing and then never listens.
final class Deaf {
    private let dealer: ZeroMQSocket

    convenience init(_ endpoint: String, _ key: ActorKey, _ instance: String = "deaf") throws {
        let hello = Hello(
            protocolVersion: WireLimits.protocolVersion, build: "test", instance: instance, incarnation: 1, role: .act,
            run: 0, ordinal: nil, runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(),
            environments: [testEnvironment])
        try self.init(endpoint, key, saying: .hello(hello))
    }

    init(_ endpoint: String, _ key: ActorKey, saying message: ActorMessage) throws {
        let socket = try ZeroMQSocket(.dealer, try ZeroMQContext())
        var options = ZeroMQOptions()
        options.reconnects = false
        options.curve = .client(key.pair, server: key.learner)
        try socket.set(options)
        try socket.connect(endpoint)
        #expect(try socket.send(message.encoded(), more: false) == .sent)
        dealer = socket
    }

    /// Waits for the answer to what it said.
    func isAnswered() throws -> Bool {
        let frame = ZeroMQMessage()
        let deadline = Deadline.after(seconds: 10)
        while !deadline.isPast {
            if try dealer.receive(into: frame) { return true }
            usleep(5_000)
        }
        return false
    }
}

/// Connections of this process to a port.
func countConnections(toPort port: UInt16) -> Int {
    var count = 0
    for descriptor in 3..<65_536 as Range<Int32> {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        if code == 0, address.sin_family == sa_family_t(AF_INET), UInt16(bigEndian: address.sin_port) == port { count += 1 }
    }
    return count
}
