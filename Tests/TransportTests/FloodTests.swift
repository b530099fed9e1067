import Glibc
import StarlingKeys
import StarlingThreads
import StarlingTransport
import Testing

private let dontWait = Int32(MSG_DONTWAIT)
private let peek = Int32(MSG_PEEK)

/// TCP connections of a stranger.
final class Strangers {
    private(set) var descriptors: [Int32] = []
    private var address = sockaddr_in()

    init(port: UInt16) {
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    }

    deinit { leave() }

    /// One more connection, with these bytes sent over it.
    /// - Returns: whether the system had one.
    @discardableResult
    func connect(saying bytes: [UInt8] = []) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(descriptor)
            return false
        }
        if !bytes.isEmpty { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        descriptors.append(descriptor)
        return true
    }

    /// One more byte over each.
    func trickle(_ byte: UInt8) {
        for descriptor in descriptors { _ = send(descriptor, [byte], 1, Int32(MSG_NOSIGNAL) | dontWait) }
    }

    /// Connections that the other end has closed.
    var closedCount: Int {
        descriptors.count { descriptor in
            var byte: UInt8 = 0
            let count = recv(descriptor, &byte, 1, peek | dontWait)
            // What was sent before the end still lies before it: a greeting of at most some dozen bytes.
            var greeting = [UInt8](repeating: 0, count: 512)
            if count > 0 { while recv(descriptor, &greeting, greeting.count, dontWait) > 0 {} }
            return recv(descriptor, &byte, 1, dontWait) == 0 || errno == ECONNRESET
        }
    }

    func leave() {
        for descriptor in descriptors { close(descriptor) }
        descriptors = []
    }
}

/// Strangers in crowds. `STARLING_CHAOS=1` takes thousands of them instead of hundreds.
@Suite("Crowds at the door", .serialized)
struct FloodTests {
    static let isLong = getenv("STARLING_CHAOS") != nil

    /// Begin of a ZMTP 3 greeting: a handshake that could still become one.
    static let greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F]

    @Test("A port scan and random bytes: told, counted, the learner undisturbed")
    func scan() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let strangers = Strangers(port: learner.port)
            for round in 0..<(Self.isLong ? 2000 : 60) {
                let noise = (0..<Int.random(in: 0...400)).map { _ in UInt8.random(in: 0...255) }
                let begins: [[UInt8]] = [[], noise, Self.greeting + noise, Array("GET / HTTP/1.1\r\n\r\n".utf8), [0xFF] + noise]
                strangers.connect(saying: begins[round % begins.count])
                if round % 20 == 0 {
                    strangers.leave()
                    try learner.expectTraining(20)
                }
            }
            strangers.leave()
            try learner.expectTraining()
            #expect(learner.lines.waits(for: "refused "))
            #expect(learner.link.overview.sessionsEver == 1 && learner.link.overview.refused.total >= 30)
            // Strangers can't fill a disk: each kind has few lines in a period.
            #expect(learner.lines.all.count { $0.hasPrefix("refused") } < 60)
            learner.finish()
        }
    }

    @Test("Half-open connections by the hundred: they are cut, an enrolled actor joins and trains all the while")
    func halfOpen() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let strangers = Strangers(port: learner.port)
            let count = Self.isLong ? 8000 : 1300
            for number in 0..<count {
                guard strangers.connect(saying: number % 2 == 0 ? [] : Self.greeting) else { break }
                if number % 200 == 0 { try learner.expectTraining(20) }
            }
            #expect(strangers.descriptors.count == count, "this machine allows too few open files for the test")
            try learner.expectTraining()
            let second = try learner.keys.makeActor("second")
            _ = try learner.keys.enrol(second.path)
            let newcomer = ActorThread(learner.link.endpoint, makeActorOffer("n"), key: second)
            #expect(learner.lines.waits(for: "second/n#1 joined"))
            try learner.expectTraining()
            // When libzmq's 15 s for a handshake are over.
            let deadline = Deadline.after(seconds: 30)
            while strangers.closedCount < count, !deadline.isPast { try learner.expectTraining(20) }
            #expect(strangers.closedCount == count)
            #expect(learner.lines.waits(for: "silent for 15 s"))
            #expect(learner.link.overview.sessionsEver == 2)
            newcomer.stop()
            learner.finish()
        }
    }

    @Test("Handshakes a byte at a time end after 15 s")
    func slowHandshakes() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let strangers = Strangers(port: learner.port)
            let count = Self.isLong ? 900 : 50
            for _ in 0..<count { strangers.connect() }
            let start = Deadline.now
            let bytes = Self.greeting + [3, 0] + Array("CURVE".utf8) + [UInt8](repeating: 0, count: 47)
            for byte in bytes where strangers.closedCount < count && Deadline.now.seconds(since: start) < 25 {
                strangers.trickle(byte)
                try learner.expectTraining(20)
                usleep(300_000)
            }
            #expect(strangers.closedCount == count)
            #expect(Deadline.now.seconds(since: start) < 22)
            #expect(learner.lines.waits(for: "silent for 15 s"))
            #expect(learner.link.overview.sessionsEver == 1)
            learner.finish()
        }
    }
}
