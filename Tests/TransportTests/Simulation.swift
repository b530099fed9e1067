import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// Random numbers that repeat (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A learner and actors whose messages are delivered, delayed and lost as chance wills. Every message goes through its
/// bytes. What really happened is kept beside what the learner's books say.
struct Simulation {
    struct Frame {
        var header: [UInt8]
        var block: UnrollBlock?
        var piece: [UInt8]?
    }

    struct Peer {
        var session: ActorSession
        var instance: String
        var connection: Connection?
        var toLearner: [Frame] = []
        var toActor: [Frame] = []
        var snapshot: ParameterSnapshot?
        var assignment: Assignment?
        /// Unrolls that the loop may step, and evaluations it plays.
        var stepping = 0
        var playing: (EvaluationRequest, ParameterSnapshot)?
        var finished: [Farewell] = []
    }

    /// Which unroll: actor, incarnation, sequence.
    struct Name: Hashable {
        var instance: String
        var incarnation: UInt64
        var sequence: UInt64
    }

    var random: SeededGenerator
    let offer: LearnerOffer
    var generation: UInt32
    var learner: LearnerSessions
    var peers: [Peer] = []
    var now = Deadline(nanoseconds: 1_000_000_000_000)
    var nextConnection: Connection = 1
    /// Connections that broke and the learner has not heard of.
    var broken: [Connection] = []
    var inHand: [ReceivedUnroll] = []
    var update: UInt64 = 0
    var published: [ParameterVersion] = []
    var fates: [Name: Fate] = [:]
    var faults: [String] = []
    var incarnations: [String: UInt64] = [:]
    var openEvaluations: Set<UInt64> = []
    var answeredEvaluations = 0
    var nextEvaluation: UInt64 = 1

    /// Which steps have their books compared; a course of its own.
    var checks = SeededGenerator(state: 1)

    // The disk.
    let isJournaling: Bool
    /// What the journal was given and has not stored.
    var toStore: [JournalEntry] = []
    var journal: [JournalEntry] = []
    /// Books and fates as of the newest checkpoint.
    var checkpoint = (books: LedgerBooks(), fates: [Name: Fate]())
    /// Unrolls of the journal that wait for their fates, of this start.
    var backlog: [ReceivedUnroll] = []

    init(seed: UInt64, actors: Int, queuedBatches: Int, evaluator: Bool, isJournaling: Bool = false) throws {
        self.isJournaling = isJournaling
        random = SeededGenerator(state: seed)
        offer = try makeOffer(queuedBatches: queuedBatches, byteBudget: 64 * 1024)
        generation = 1
        learner = LearnerSessions(build: "test")
        learner.open(offer, isJournaling: isJournaling, at: now)
        for index in 0..<actors { peers.append(makePeer("actor\(index)", role: .act)) }
        if evaluator { peers.append(makePeer("evaluator", role: .evaluate)) }
    }

    mutating func makePeer(_ instance: String, role: ActorRole) -> Peer {
        let incarnation = (incarnations[instance] ?? 0) + 1
        incarnations[instance] = incarnation
        return Peer(
            session: ActorSession(offer: makeActorOffer(instance, incarnation: incarnation, role: role)),
            instance: instance)
    }

    // MARK: The net

    mutating func connect(_ index: Int) {
        guard peers[index].connection == nil, peers[index].session.wantsConnection else { return }
        peers[index].connection = nextConnection
        nextConnection += 1
        peers[index].session.connected(at: now)
        collect(index)
    }

    /// Breaks a connection; what is under way to the learner arrives in part, what is under way to the actor does not.
    mutating func disconnect(_ index: Int) {
        guard let connection = peers[index].connection else { return }
        let arriving = Int.random(in: 0...peers[index].toLearner.count, using: &random)
        for _ in 0..<arriving { deliverToLearner(index) }
        peers[index].toLearner = []
        peers[index].toActor = []
        peers[index].connection = nil
        peers[index].session.disconnected()
        broken.append(connection)
    }

    mutating func kill(_ index: Int) {
        disconnect(index)
        peers[index] = makePeer(peers[index].instance, role: peers[index].session.offer.role)
    }

    mutating func collect(_ index: Int) {
        for item in peers[index].session.outgoing {
            guard peers[index].connection != nil else { break }
            peers[index].toLearner.append(Frame(header: item.message.encoded(), block: item.block))
        }
        peers[index].session.outgoing = []
        peers[index].session.notices = []
    }

    mutating func collectLearner() {
        toStore += learner.unwritten
        learner.unwritten = []
        let outgoing = learner.outgoing
        learner.outgoing = []
        for item in outgoing {
            guard let index = peers.firstIndex(where: { $0.connection == item.connection }) else {
                // ROUTER: unreachable.
                learner.connectionLost(item.connection)
                continue
            }
            let piece = item.piece.map { Array($0.snapshot.bytes[$0.range]) }
            peers[index].toActor.append(Frame(header: item.message.encoded(), block: nil, piece: piece))
        }
        learner.notices = []
    }

    mutating func deliverToLearner(_ index: Int) {
        guard !peers[index].toLearner.isEmpty, let connection = peers[index].connection else { return }
        let frame = peers[index].toLearner.removeFirst()
        guard let message = try? frame.header.withUnsafeBytes({ try ActorMessage(decoding: $0) }) else {
            return faults.append("a message of our own can't be read")
        }
        guard case .experience(let header) = message else {
            return learner.receive(message, from: connection, at: now)
        }
        switch learner.admit(header, from: connection, at: now) {
        case .ignore: break
        case .invalid(let fault): faults.append("invalid: \(fault)")
        case .read:
            if let fault = learner.fault(in: frame.block!, header) { return faults.append(fault) }
            learner.accept(header, frame.block!, from: connection)
        }
    }

    mutating func deliverToActor(_ index: Int) {
        guard !peers[index].toActor.isEmpty else { return }
        let frame = peers[index].toActor.removeFirst()
        guard let message = try? frame.header.withUnsafeBytes({ try LearnerMessage(decoding: $0) }) else {
            return faults.append("a message of the learner can't be read")
        }
        (frame.piece ?? []).withUnsafeBytes {
            peers[index].session.receive(message, frame.piece == nil ? nil : $0, at: now)
        }
        collect(index)
        if let reason = peers[index].session.wantsReconnection {
            if reason.contains("can't be") { faults.append(reason) }
            disconnect(index)
        }
    }

    // MARK: The ends

    mutating func loop(_ index: Int) {
        if peers[index].stepping > 0 { return complete(index) }
        if let (request, snapshot) = peers[index].playing {
            peers[index].playing = nil
            peers[index].session.send(
                EvaluationReport(
                    identifier: request.identifier, version: snapshot.version,
                    returns: Array(repeating: 2, count: request.episodes)))
            return collect(index)
        }
        let turn = peers[index].session.nextTurn(wanting: Int.random(in: 1...3, using: &random), at: now)
        collect(index)
        switch turn {
        case .assigned(let assignment): peers[index].assignment = assignment
        case .rollout(let count, let parameters):
            peers[index].snapshot = parameters ?? peers[index].snapshot
            peers[index].stepping = count
            if peers[index].snapshot == nil { faults.append("a turn without parameters") }
        case .evaluate(let request, let snapshot):
            if request.version != snapshot.version { faults.append("an evaluation of another version") }
            peers[index].playing = (request, snapshot)
        case .finished(let farewell): peers[index].finished.append(farewell)
        case .failed(let error): faults.append("\(error)")
        case nil: break
        }
    }

    mutating func complete(_ index: Int) {
        if Int.random(in: 0..<10, using: &random) == 0 {
            peers[index].session.giveBack(unrolls: 1)
        } else {
            let block = UnrollBlock(byteCount: offer.layout.byteCount)
            fill(block, offer.layout)
            let header = makeHeader(peers[index].snapshot!)
            peers[index].session.send(block, header, checksum: Digest.of(block.bytes))
        }
        peers[index].stepping -= 1
        collect(index)
    }

    /// The journal's thread writes some of what it was given.
    mutating func store() {
        guard !toStore.isEmpty else { return }
        let count = Int.random(in: 1...toStore.count, using: &random)
        journal += toStore.prefix(count)
        toStore.removeFirst(count)
        learner.stored(through: journal.last!.index)
    }

    /// A checkpoint of now. Fates of unrolls that it doesn't cover are not part of it.
    mutating func takeCheckpoint() {
        let books = learner.settledBooks
        checkpoint = (books, fates.filter { name, _ in
            guard let account = books.accounts[name.instance], account.actor.incarnation <= name.incarnation else {
                return true
            }
            return account.actor.incarnation == name.incarnation && name.sequence <= account.cursor
        })
        if UInt64(checkpoint.fates.values.count { $0 == .trained }) != books.ledger.trained {
            faults.append("the checkpoint tells of \(books.ledger.trained) trained, \(checkpoint.fates.count) have fates")
        }
        learner.stored(through: books.position)
    }

    mutating func takeFromBacklog() {
        guard !backlog.isEmpty else { return }
        let unroll = backlog.removeFirst()
        let name = Name(
            instance: unroll.actor.instance, incarnation: unroll.actor.incarnation, sequence: unroll.header.sequence)
        if fates.updateValue(.trained, forKey: name) != nil { faults.append("\(name) has two fates") }
        learner.settle(unroll, .trained)
    }

    mutating func take() {
        if !backlog.isEmpty { return takeFromBacklog() }
        switch learner.takeEvent() {
        case .unroll(let unroll): inHand.append(unroll)
        case .evaluation(let report):
            if openEvaluations.remove(report.identifier) == nil { faults.append("an evaluation answered twice") }
            answeredEvaluations += 1
        case .evaluationLost(let identifier, _):
            if openEvaluations.remove(identifier) == nil { faults.append("an evaluation lost twice") }
        default: break
        }
    }

    mutating func settle() {
        guard !inHand.isEmpty else { return }
        let count = Int.random(in: 1...inHand.count, using: &random)
        let fate: Fate = Int.random(in: 0..<4, using: &random) == 0 ? .tooStale : .trained
        let settled = Array(inHand.prefix(count))
        for unroll in settled {
            let name = Name(
                instance: unroll.actor.instance, incarnation: unroll.actor.incarnation,
                sequence: unroll.header.sequence)
            if fates.updateValue(fate, forKey: name) != nil { faults.append("\(name) has two fates") }
        }
        inHand.removeFirst(count)
        learner.settle(settled, fate)
    }

    mutating func publish() {
        update += 1
        let snapshot = makeSnapshot(update, generation: generation, byteCount: 100)
        published.append(snapshot.version)
        learner.publish(snapshot)
    }

    mutating func evaluate() {
        guard let version = published.last, version.generation == generation, openEvaluations.count < 3 else { return }
        openEvaluations.insert(nextEvaluation)
        learner.evaluate(
            EvaluationRequest(identifier: nextEvaluation, version: version, episodes: 2, seed: 1),
            makeSnapshot(version.update, generation: generation, byteCount: 100))
        nextEvaluation += 1
    }

    /// The learner dies without a word, and the next generation of the run takes its place, from the newest checkpoint
    /// and the journal: what else the dead one trained is no part of the history that survives.
    mutating func restartLearner() throws {
        for index in peers.indices { disconnect(index) }
        broken = []
        inHand = []
        openEvaluations = []
        fates = checkpoint.fates
        toStore = []
        generation += 1
        learner = LearnerSessions(build: "test")
        let tail = journal.filter { $0.index > checkpoint.books.position }
        learner.open(
            try makeOffer(
                generation: generation, queuedBatches: offer.maxQueuedBatches, byteBudget: offer.byteBudget),
            after: RunPast(books: checkpoint.books, tail: tail), isJournaling: isJournaling, at: now)
        backlog = tail.compactMap { entry in
            guard let unroll = entry.unroll, let ticket = learner.ticket(ofReplayed: entry.index) else { return nil }
            return ReceivedUnroll(
                actor: entry.actor, header: unroll.header, block: UnrollBlock(byteCount: 0), ticket: ticket)
        }
    }

    /// Every unroll that an actor of this run was told to be acknowledged has its fate or waits for it.
    mutating func checkAcknowledged() {
        let waiting = (inHand + backlog).map {
            Name(instance: $0.actor.instance, incarnation: $0.actor.incarnation, sequence: $0.header.sequence)
        }
        let known = Set(fates.keys).union(waiting)
        for peer in peers where peer.session.offer.role == .act {
            let incarnation = peer.session.offer.incarnation
            for sequence in 1..<max(1, peer.session.acknowledgedThrough + 1)
            where !known.contains(Name(instance: peer.instance, incarnation: incarnation, sequence: sequence)) {
                faults.append("unroll \(sequence) of \(peer.instance) was acknowledged and is nowhere")
            }
        }
    }

    // MARK: The course of things

    mutating func step() {
        let index = Int.random(in: 0..<peers.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: deliverToLearner(index)
        case 25..<50: deliverToActor(index)
        case 50..<72: loop(index)
        case 72..<80: take()
        case 80..<84: settle()
        case 84..<88: learner.flush()
        case 88..<90: publish()
        case 90..<94: connect(index)
        case 94: evaluate()
        case 98: if isJournaling { for _ in 0..<4 { store() } }
        case 95: if Int.random(in: 0..<4, using: &random) == 0 { disconnect(index) }
        case 96: if Int.random(in: 0..<8, using: &random) == 0 { kill(index) }
        case 97:
            if let connection = broken.popLast() { learner.connectionLost(connection) }
        default:
            now = now.advanced(seconds: 0.3)
            peers[index].session.advance(to: now)
            collect(index)
            learner.advance(to: now)
        }
        collectLearner()
        check()
    }

    mutating func check() {
        let ledger = learner.ledger
        if !ledger.isBalanced { faults.append("not balanced: \(ledger)") }
        if Int.random(in: 0..<32, using: &checks) == 0, learner.books.ledger != ledger { faults.append("books \(learner.books.ledger) of \(ledger)") }
        if learner.creditImbalance != 0 { faults.append("credit of the sessions is off by \(learner.creditImbalance)") }
        if learner.granted < 0 || learner.queued < 0 || learner.inHand != inHand.count { faults.append("counts are off") }
        let limit = max(1, offer.maxQueuedBatches) * offer.unrollsPerBatch
        if learner.granted + learner.queued > limit { faults.append("more than \(limit) unrolls outstanding") }
        let bytes = (learner.granted + learner.queued + learner.inHand) * offer.layout.byteCount
        if bytes > offer.byteBudget { faults.append("\(bytes) bytes outstanding") }
        if ledger.overCredit > 0 || ledger.garbage > 0 { faults.append("over credit or garbage: \(ledger)") }
    }

    /// No more mishaps: everything that is under way arrives. Loops go on for the first half of the rounds.
    mutating func settleDown(rounds: Int = 60) {
        for round in 0..<rounds {
            while let connection = broken.popLast() { learner.connectionLost(connection) }
            publish()
            for index in peers.indices {
                connect(index)
                while !peers[index].toLearner.isEmpty { deliverToLearner(index) }
            }
            learner.flush()
            collectLearner()
            for index in peers.indices {
                while !peers[index].toActor.isEmpty { deliverToActor(index) }
                while peers[index].stepping > 0 { complete(index) }
                if round < rounds / 2 || peers[index].playing != nil { loop(index) }
            }
            while !toStore.isEmpty { store() }
            while learner.hasEvents || !backlog.isEmpty { take() }
            while !inHand.isEmpty { settle() }
            collectLearner()
        }
    }
}
