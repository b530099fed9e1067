import Glibc
import StarlingExperience
import StarlingMessages
import StarlingProcessSupport
import StarlingThreads
import StarlingTransport
import StarlingZeroMQ
import Testing

/// Peers that speak ZeroMQ and mean no good, beside an honest actor that must not feel it.
extension TCPTests {
    private struct Scene {
        let learner: ZeroMQLearnerLink
        let port: UInt16
        let actor: ActorThread
        var update: UInt64 = 1

        init(_ offer: LearnerOffer? = nil) throws {
            learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            port = try #require(UInt16(learner.endpoint.split(separator: ":").last!))
            learner.open(try offer ?? makeOffer())
            learner.publish(makeSnapshot(1))
            actor = ActorThread(learner.endpoint, makeActorOffer("honest"))
            #expect(train(learner, 20, from: &update, before: .after(seconds: 10)) >= 20)
        }

        /// The honest actor goes on, and at the end the books balance.
        mutating func end() -> Ledger {
            #expect(train(learner, 100, from: &update, before: .after(seconds: 10)) >= 100)
            learner.finish(.finished, before: .after(seconds: 3))
            actor.join()
            #expect(learner.overview.ledger.isBalanced)
            return learner.overview.ledger
        }
    }

    @Test("A message of endless parts is cut, and costs little memory", arguments: [1000, 200_000])
    func endlessParts(_ frameByteCount: Int) async throws {
        try await onThread {
            var scene = try Scene()
            let before = residentBytes(getpid())
            let peer = try RawPeer(port: scene.port)
            let frame = [UInt8](repeating: 7, count: frameByteCount)
            var sent = 0
            var most = 0
            // 2 GB, unless somebody puts an end to it.
            while sent < 2 << 30, peer.sendFrame(frame, more: true) {
                sent += frame.count
                most = max(most, residentBytes(getpid()) - before)
            }
            #expect(sent < 1 << 30 && eventually(within: 5) { peer.isCut })
            // Above all it must not be what was sent: what is there is a message or two and what came between two looks.
            #expect(most < 512 << 20, "\(most) bytes more for \(sent) sent")
            let ledger = scene.end()
            #expect(ledger.garbage >= 1)
            // It was cut for what it did, and is not told as a port scan besides.
            #expect(scene.learner.overview.refused.total == 0)
        }
    }

    @Test("Floods of garbage, of PINGs of no session and of HELLOs end with the connection")
    func floods() async throws {
        try await onThread {
            var scene = try Scene()
            let hello = makeHello("flood").encoded()
            for message in [[1, 2, 3], ActorMessage.ping(session: 99, ActorCounts()).encoded(), hello] as [[UInt8]] {
                let peer = try RawPeer(port: scene.port)
                var count = 0
                while count < 1_000_000, peer.sendFrame(message, more: false) { count += 1 }
                #expect(count < 1_000_000 && eventually(within: 5) { peer.isCut }, "\(count) of \(message.count) bytes")
            }
            let ledger = scene.end()
            #expect(ledger.garbage >= UInt64(2 * LearnerSessions.garbageLimit))
        }
    }

    @Test("Who is cut for its garbage hears why before, so that it ends instead of coming back for ever")
    func lastWords() async throws {
        try await onThread {
            var scene = try Scene()
            let peer = try RawPeer(port: scene.port)
            #expect(peer.sendFrame(makeHello("garbled").encoded(), more: false))
            for _ in 0..<LearnerSessions.garbageLimit { #expect(peer.sendFrame([1, 2, 3], more: false)) }
            let said = String(decoding: peer.readToEnd(), as: UTF8.self)
            #expect(said.contains("\(LearnerSessions.garbageLimit) messages that can't be read") && said.contains("same sources"))
            #expect(eventually(within: 5) { peer.isCut })
            #expect(scene.end().garbage >= UInt64(LearnerSessions.garbageLimit))
        }
    }

    @Test("A peer that names itself is cut: its name could be another's")
    func ownRoutingIdentity() async throws {
        try await onThread {
            var scene = try Scene()
            let peer = try RawPeer(port: scene.port, routingIdentity: Array("me".utf8))
            _ = peer.sendFrame(ActorMessage.ping(session: 1, ActorCounts()).encoded(), more: false)
            #expect(eventually(within: 5) { peer.isCut })
            #expect(scene.end().garbage >= 1)
        }
    }

    @Test("What is said once waits for a peer that reads nothing, and nothing overtakes what waits")
    func fullPipe() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer())
            // 120 pieces: more than the pipe and the system's buffers hold.
            let pieceByteCount = WireLimits.frameByteCount
            let snapshot = makeSnapshot(1, byteCount: 120 * pieceByteCount)
            learner.publish(snapshot)
            let dealer = try ZeroMQSocket(.dealer, try ZeroMQContext())
            var options = ZeroMQOptions()
            options.reconnects = false
            options.receiveHighWaterMark = 1
            try dealer.set(options)
            try dealer.connect(learner.endpoint)
            let frame = ZeroMQMessage()
            /// The next message, without its piece.
            func next(seconds: Double = 5) throws -> LearnerMessage? {
                let deadline = Deadline.after(seconds: seconds)
                while !deadline.isPast {
                    guard try dealer.receive(into: frame) else {
                        usleep(2_000)
                        continue
                    }
                    let message = try frame.withBytes { try LearnerMessage(decoding: $0) }
                    while frame.hasMore, try dealer.receive(into: frame) {}
                    return message
                }
                return nil
            }
            #expect(try dealer.send(makeHello("slow", role: .evaluate).encoded(), more: false) == .sent)
            guard case .welcome(let welcome)? = try next() else { throw Unexpected("no welcome") }
            func pull(_ piece: Int) throws {
                let pull = Pull(
                    session: welcome.status.session, version: snapshot.version, offset: UInt64(piece * pieceByteCount),
                    count: UInt32(pieceByteCount))
                #expect(try dealer.send(ActorMessage.pull(pull).encoded(), more: false) == .sent)
            }
            for piece in 0..<120 { try pull(piece) }
            // The answers are more than fits: what is said from now on has to wait.
            let blocked = Deadline.after(seconds: 1)
            while !blocked.isPast { usleep(10_000) }
            #expect(learner.overview.bytesOut < UInt64(snapshot.bytes.count), "the pipe took everything")
            learner.evaluate(EvaluationRequest(identifier: 5, version: snapshot.version, episodes: 1, seed: 1), snapshot)
            var offsets: [UInt64] = []
            var isAsked = false
            while let message = try next(seconds: 2) {
                if case .weights(let header) = message { offsets.append(header.offset) }
                if case .evaluate(_, let request, _) = message, request.identifier == 5 { isAsked = true }
                // One more while others wait.
                if offsets.count == 20 { try pull(119) }
            }
            #expect(isAsked)
            #expect(offsets.count > 20 && offsets == offsets.sorted(), "\(offsets.map { Int($0) / pieceByteCount })")
            learner.finish(.finished, before: .after(seconds: 1))
        }
    }

    @Test("Unrolls travel compressed when the learner says so, in one frame or in several", arguments: [4, 40_000])
    func compressed(_ steps: Int) async throws {
        try await onThread {
            let offer = try makeOffer(
                steps: steps, unrollsPerBatch: 4, byteBudget: 1 << 28, compression: .lz4)
            var scene = try Scene(offer)
            let ledger = scene.end()
            #expect(ledger.invalid == 0 && ledger.garbage == 0 && ledger.trained > 0)
            // The unrolls of the tests are mostly zeros. Headers and all else that an actor says count, too.
            let (came, whole) = (scene.learner.overview.bytesIn, ledger.acknowledged * UInt64(offer.layout.byteCount))
            #expect(came < whole, "\(came) bytes came for \(whole) of unrolls")
        }
    }
}

private func makeHello(_ instance: String, role: ActorRole = .act) -> ActorMessage {
    .hello(
        Hello(
            protocolVersion: WireLimits.protocolVersion, build: "b", instance: instance, incarnation: 1, role: role, run: 0,
            ordinal: nil, runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(), environments: [testEnvironment]))
}
