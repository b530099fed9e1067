import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Fuzzed roles")
struct RoleFuzzTests {
    /// Inputs after which a role begins anew.
    private static let lifetime = 2000

    @Test("A learner's books balance, and its training goes on, whatever actors say")
    func learner() throws {
        var mutator = Mutator(seed: Fuzzing.seed)
        var acknowledged: UInt64 = 0
        var updates = 0
        for life in 0..<(Fuzzing.inputCount / Self.lifetime + 1) {
            var desk = try HostileDesk(life)
            for _ in 0..<Self.lifetime {
                desk.step(&mutator)
                if let fault = desk.fault {
                    Issue.record("life \(life): \(fault)")
                    return
                }
            }
            acknowledged += desk.learner.ledger.acknowledged
            updates += desk.trainer.updates
        }
        // Now and then something was good enough to be taken.
        #expect(acknowledged > 0 && updates > 0)
    }

    @Test("An actor keeps its budget, whatever a learner says")
    func actor() {
        var mutator = Mutator(seed: Fuzzing.seed)
        var turns = 0
        for _ in 0..<(Fuzzing.inputCount / Self.lifetime + 1) {
            var desk = HostileLearner()
            for _ in 0..<Self.lifetime {
                desk.step(&mutator)
                if let fault = desk.fault {
                    _ = Issue.record("\(fault)")
                    return
                }
            }
            turns += desk.turns
        }
        #expect(turns > 0)
    }
}

/// A learner's role, its trainer, and peers of whom most lie.
private struct HostileDesk {
    var learner = LearnerSessions(build: "fuzz")
    let offer: LearnerOffer
    var now = Deadline(nanoseconds: 1 << 40)
    var numbers: [Connection: UInt64] = [:]
    var next: [Connection: UInt64] = [:]
    var trainer: FuzzedTrainer
    var snapshot = first
    var said = 0
    var fault: String?
    let good: [UInt8]
    private static let seal = VersionSeal(secret: Array(repeating: 1, count: VersionSeal.byteCount))

    init(_ life: Int) throws {
        var offer = try LearnerOffer(
            run: "fuzz", runSeed: 1, generation: 2, environment: Corpus.vector, model: Corpus.model,
            acting: Corpus.acting, environmentsPerActor: 4, unrollsPerBatch: 3,
            pacing: [.lockstep, .fixed(batches: 2), .adaptive(policyLag: 4)][life % 3],
            byteBudget: 1 << 16)
        offer.seal = Self.seal
        self.offer = offer
        trainer = try FuzzedTrainer(offer)
        good = Corpus.block(Corpus.vector)
        if life % 4 != 0 { learner.open(offer, at: now) }
        learner.publish(snapshot)
    }

    /// Parameters of three pieces. Digesting them takes longer than a hundred inputs, so each update's are made once.
    private static func parameters(_ update: UInt64) -> ParameterSnapshot {
        ParameterSnapshot(
            version: ParameterVersion(generation: 2, update: update),
            bytes: Array(repeating: UInt8(truncatingIfNeeded: update), count: 700_000))
    }

    private static let first = parameters(1)

    mutating func step(_ mutator: inout Mutator) {
        let connection = Connection(1 + mutator.below(6))
        switch mutator.below(40) {
        case 0: learner.connectionLost(connection)
        case 1: advance(mutator.oneIn(30) ? 70 : 0.4)
        case 2..<6: take()
        case 6:
            guard mutator.oneIn(8) else { break }
            snapshot = Self.parameters(snapshot.version.update + 1)
            learner.publish(snapshot)
        case 7:
            guard mutator.oneIn(8) else { break }
            learner.evaluate(
                EvaluationRequest(identifier: 6, version: snapshot.version, episodes: 3, seed: 1), snapshot)
        case 8: learner.receiveGarbage(from: connection, "noise")
        case 9 where mutator.oneIn(400): learner.part(mutator.oneIn(2) ? .finished : .restarting)
        case 10..<16: hello(connection, &mutator)
        case 16..<26: experience(connection, &mutator, isGood: true)
        case 26..<30: experience(connection, &mutator, isGood: false)
        default: other(connection, &mutator)
        }
        listen()
        check()
    }

    private mutating func hello(_ connection: Connection, _ mutator: inout Mutator) {
        let produced = mutator.oneIn(2) ? 0 : min(mutator.number(), WireLimits.sequence)
        let first = 1 + (mutator.oneIn(2) ? 0 : min(mutator.number(), produced))
        deliver(
            .hello(
                Hello(
                    protocolVersion: mutator.oneIn(20) ? 9 : WireLimits.protocolVersion, build: "b",
                    instance: "a\(mutator.below(5))", incarnation: UInt64(mutator.below(3)),
                    role: mutator.oneIn(5) ? .evaluate : .act, run: mutator.oneIn(2) ? offer.runIdentity : mutator.next(),
                    ordinal: mutator.oneIn(2) ? nil : UInt32(truncatingIfNeeded: mutator.number()),
                    runBaseline: min(mutator.number(), first - 1), firstUnacknowledged: first,
                    counts: ActorCounts(produced: produced),
                    environments: mutator.oneIn(10) ? [Corpus.image] : [Corpus.vector])), connection)
    }

    private mutating func experience(_ connection: Connection, _ mutator: inout Mutator, isGood: Bool) {
        let sequence = (next[connection] ?? 0) + 1
        let block = UnrollBlock(byteCount: good.count)
        good.withUnsafeBytes { block.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        if !isGood, mutator.oneIn(2) {
            block.base.storeBytes(
                of: UInt32(truncatingIfNeeded: mutator.next()), toByteOffset: mutator.below(good.count / 4) * 4, as: UInt32.self)
        }
        if !isGood, mutator.oneIn(3) {
            let extreme = [1e9, -1e9, 3e38, 1e20, .leastNonzeroMagnitude, 1e6][mutator.below(6)] as Float
            for _ in 0...mutator.below(20) {
                block.base.storeBytes(of: extreme, toByteOffset: mutator.below(good.count / 4) * 4, as: Float.self)
            }
        }
        var version = snapshot.version
        if mutator.oneIn(4) {
            version = ParameterVersion(
                generation: UInt32(truncatingIfNeeded: mutator.number()),
                update: mutator.oneIn(2) ? mutator.number() : snapshot.version.update)
        }
        // Whoever knew the secret could say anything of versions.
        let tag = mutator.oneIn(8) ? mutator.next() : Self.seal.tag(of: version, snapshot.digest)
        var header = ExperienceHeader(
            session: numbers[connection] ?? 5,
            counts: ActorCounts(produced: max(sequence, isGood ? 0 : min(mutator.number(), WireLimits.sequence)), sentThrough: sequence),
            unroll: UnrollHeader(
                sequence: sequence, version: version, digest: snapshot.digest, tag: tag, firstStep: mutator.next(),
                firstEnvironment: UInt32(2 * mutator.below(2)), noiseKey: 1, episodes: []),
            byteCount: UInt32(good.count), checksum: Digest.of(block.bytes))
        if !isGood {
            switch mutator.below(6) {
            case 0: header.session = mutator.number()
            case 1: header.unroll.sequence = min(WireLimits.sequence, max(1, mutator.number()))
            case 2: header.unroll.version.update = mutator.number()
            case 3: header.byteCount = UInt32(truncatingIfNeeded: mutator.number())
            case 4: header.unroll.firstEnvironment = UInt32(truncatingIfNeeded: mutator.number())
            default: header.checksum = mutator.next()
            }
        }
        switch learner.admit(header, from: connection, at: now) {
        case .ignore: break
        case .invalid(let fault): learner.reject(header, fault, from: connection)
        case .read:
            if let fault = learner.fault(in: block, header) {
                learner.reject(header, fault, from: connection)
            } else {
                learner.accept(header, block, from: connection)
            }
        }
    }

    /// A message of the corpus, changed, with the session's number more often than not.
    private mutating func other(_ connection: Connection, _ mutator: inout Mutator) {
        let bytes = mutator.reshape(Corpus.actorBytes[mutator.below(Corpus.actorBytes.count)])
        guard let message = try? bytes.withUnsafeBytes({ try ActorMessage(decoding: $0) }) else {
            return learner.receiveGarbage(from: connection, "unreadable")
        }
        let number = mutator.oneIn(5) ? mutator.number() : numbers[connection] ?? 0
        switch message {
        case .hello, .probe: deliver(message, connection)
        case .experience(var header):
            header.session = number
            if learner.admit(header, from: connection, at: now) != .ignore { learner.reject(header, "fuzz", from: connection) }
        case .skip(var skip):
            skip.session = number
            deliver(.skip(skip), connection)
        case .pull(var pull):
            pull.session = number
            if !mutator.oneIn(3) { pull.version = snapshot.version }
            deliver(.pull(pull), connection)
        case .ping(_, let counts): deliver(.ping(session: number, counts), connection)
        case .evaluation(_, let report): deliver(.evaluation(session: number, report), connection)
        case .evaluationFailed(_, let failure): deliver(.evaluationFailed(session: number, failure), connection)
        case .bye(_, let counts): deliver(.bye(session: number, counts), connection)
        case .unable(_, let counts, let reason): deliver(.unable(session: number, counts, reason: reason), connection)
        }
    }

    private mutating func deliver(_ message: ActorMessage, _ connection: Connection) {
        learner.receive(message, from: connection, at: now)
    }

    private mutating func advance(_ seconds: Double) {
        now = now.advanced(seconds: seconds)
        learner.advance(to: now)
    }

    private mutating func take() {
        while let event = learner.takeEvent(at: Deadline(nanoseconds: 0)) {
            if case .unroll(let unroll) = event { trainer.take(unroll, &learner) }
        }
        if let fault = trainer.fault { self.fault = fault }
    }

    private mutating func listen() {
        learner.flush()
        // One message makes few answers: what one peer says must not make much for others.
        if learner.outgoing.count > 40 { fault = "\(learner.outgoing.count) answers to one message" }
        if learner.notices.count > 12 { fault = "\(learner.notices.count) lines in the log for one message" }
        for item in learner.outgoing {
            switch item.message {
            case .welcome(let welcome):
                numbers[item.connection] = welcome.status.session
                next[item.connection] = welcome.status.acknowledgedThrough
            case .status(let status): next[item.connection] = status.acknowledgedThrough
            default: break
            }
            // What is said can be read.
            if said % 16 == 0, (try? item.message.encoded().withUnsafeBytes { try LearnerMessage(decoding: $0) }) != item.message {
                fault = "\(item.message) can't be read"
            }
            said += 1
        }
        learner.outgoing = []
        learner.notices = []
        learner.cuts = []
    }

    private mutating func check() {
        let ledger = learner.ledger
        if !ledger.isBalanced { fault = "not balanced: \(ledger)" }
        if learner.creditImbalance != 0 { fault = "credit is off by \(learner.creditImbalance)" }
        if learner.granted < 0 || learner.queued < 0 { fault = "granted \(learner.granted), queued \(learner.queued)" }
        let limit = (offer.isLockstep ? 1 : 2) * offer.largestWindow
        if learner.lentEver == 0, learner.granted + learner.queued > limit {
            fault = "\(learner.granted + learner.queued) unrolls outstanding"
        }
    }
}

/// An actor's role with its loop, and a learner that says anything.
private struct HostileLearner {
    private static let budget = 1 << 20
    var actor: ActorSession
    var now = Deadline(nanoseconds: 1 << 40)
    var isConnected = false
    var assignment: Assignment?
    var begun = 0
    var turns = 0
    var fault: String?
    var session: UInt64 = 1
    private static let snapshot = ParameterSnapshot(version: Corpus.version, bytes: Array(repeating: 3, count: 300_000))

    init() {
        actor = ActorSession(
            offer: ActorOffer(
                role: .act, environments: [Corpus.vector, Corpus.image], instance: "a", incarnation: 1, build: "b",
                outboxByteBudget: Self.budget))
    }

    mutating func step(_ mutator: inout Mutator) {
        if !isConnected, actor.wantsConnection, mutator.oneIn(2) {
            actor.connected(at: now)
            isConnected = true
        }
        switch mutator.below(20) {
        case 0:
            now = now.advanced(seconds: mutator.oneIn(30) ? 70 : 0.5)
            actor.advance(to: now)
        case 1..<5: loop(&mutator)
        case 5: if mutator.oneIn(10) { disconnect() }
        case 6: actor.receiveGarbage("noise")
        case 7..<12: welcomeOrWeights(&mutator)
        default: anything(&mutator)
        }
        if actor.wantsReconnection != nil { disconnect() }
        if actor.outgoing.count > 300 { fault = "\(actor.outgoing.count) messages at once" }
        if actor.notices.count > 8 { fault = "\(actor.notices.count) lines in the log for one message" }
        actor.outgoing = []
        actor.notices = []
        if let assignment {
            let size = UnrollLayout(environment: assignment.environment, model: assignment.model, acting: assignment.acting).byteCount
            if actor.outboxCount * size > Self.budget + size { fault = "\(actor.outboxCount) unrolls of \(size) bytes in the outbox" }
        }
        if actor.acknowledgedThrough > actor.produced { fault = "acknowledged \(actor.acknowledgedThrough) of \(actor.produced)" }
        if actor.phase == .over { self = HostileLearner(turns: turns, fault: fault) }
    }

    private init(turns: Int, fault: String?) {
        self.init()
        (self.turns, self.fault) = (turns, fault)
    }

    private mutating func disconnect() {
        guard isConnected else { return }
        isConnected = false
        actor.disconnected()
    }

    private mutating func loop(_ mutator: inout Mutator) {
        if begun > 0 {
            begun -= 1
            guard let assignment else { return }
            let size = UnrollLayout(environment: assignment.environment, model: assignment.model, acting: assignment.acting).byteCount
            guard size < 1 << 18, !mutator.oneIn(5) else { return actor.giveBack(unrolls: 1) }
            return actor.send(
                UnrollBlock(byteCount: size),
                UnrollHeader(
                    sequence: 0, version: Self.snapshot.version, digest: Self.snapshot.digest, firstStep: 0, firstEnvironment: 0,
                    noiseKey: 1, episodes: []), checksum: 1)
        }
        switch actor.nextTurn(wanting: 1 + mutator.below(4), at: now) {
        case .assigned(let next)?: assignment = next
        case .rollout(let count, _)?:
            begun = count
            turns += 1
        case .evaluate(let request, let snapshot)?:
            if mutator.oneIn(2) {
                actor.send(EvaluationFailure(identifier: request.identifier, reason: "no"))
            } else {
                actor.send(EvaluationReport(identifier: request.identifier, version: snapshot.version, returns: [1]))
            }
        case .finished?, .failed?, nil: break
        }
    }

    /// What an honest learner would say, now and then with another number.
    private mutating func welcomeOrWeights(_ mutator: inout Mutator) {
        let announced = Announcement(Self.snapshot)
        switch mutator.below(4) {
        case 0:
            session += 1
            deliver(
                .welcome(
                    Welcome(
                        protocolVersion: WireLimits.protocolVersion, build: "b", run: 1 + UInt64(mutator.below(2)), generation: 2,
                        assignment: mutator.oneIn(4)
                            ? Corpus.assignment(Corpus.image, Corpus.pictures) : Corpus.assignment(Corpus.vector, Corpus.model),
                        status: SessionStatus(
                            session: session, acknowledgedThrough: mutator.oneIn(4) ? mutator.number() : actor.acknowledgedThrough,
                            creditLimit: 1 << 20, newest: announced))))
        case 1:
            deliver(
                .status(
                    SessionStatus(
                        session: session, acknowledgedThrough: UInt64(mutator.below(Int(actor.produced) + 1)),
                        creditLimit: mutator.oneIn(3) ? mutator.number() : 1 << 20, newest: announced,
                        resendFrom: mutator.oneIn(3) ? mutator.number() : 0)))
        default:
            let offset = mutator.oneIn(2) ? 0 : 262_144
            let count = mutator.oneIn(9) ? mutator.below(300_000) : min(262_144, 300_000 - offset)
            deliver(
                .weights(WeightsHeader(session: session, of: announced, offset: UInt64(offset), count: UInt32(max(1, count)))),
                Self.snapshot.bytes[..<count])
        }
    }

    private mutating func anything(_ mutator: inout Mutator) {
        let bytes = mutator.reshape(Corpus.learnerBytes[mutator.below(Corpus.learnerBytes.count)])
        guard let message = try? bytes.withUnsafeBytes({ try LearnerMessage(decoding: $0) }) else { return }
        switch message {
        case .status(var status):
            if !mutator.oneIn(3) { status.session = session }
            deliver(.status(status))
        case .weights(var header):
            if !mutator.oneIn(3) { header.session = session }
            deliver(.weights(header), mutator.noise(upTo: 64)[...])
        case .weightsGone(_, let version, let newest): deliver(.weightsGone(session: session, version, newest: newest))
        case .evaluate(_, let request, let announcement): deliver(.evaluate(session: session, request, announcement))
        case .bye(_, let farewell): deliver(.bye(session: mutator.oneIn(2) ? session : 0, farewell))
        case .welcome, .refuse, .handshakeRequest, .probeAnswer: deliver(message)
        }
    }

    private mutating func deliver(_ message: LearnerMessage, _ piece: ArraySlice<UInt8>? = nil) {
        guard isConnected else { return }
        (piece ?? []).withUnsafeBytes { actor.receive(message, piece == nil ? nil : $0, at: now) }
    }
}
