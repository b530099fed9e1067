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
        var assignment: Assignment?
        var loops: [Loop]
        /// What the first loop plays.
        var playing: (EvaluationRequest, ParameterSnapshot)?
        /// What that one heard.
        var finished: [Farewell] = []
    }

    struct Loop {
        var snapshot: ParameterSnapshot?
        /// Unrolls that it may step.
        var stepping = 0
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
    var inFlight: [ReceivedUnroll] = []
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
        // One to three loops, by the name's last digit.
        let threads = role == .act ? 1 + Int(instance.utf8.last! % 3) : 1
        return Peer(
            session: ActorSession(offer: makeActorOffer(instance, incarnation: incarnation, role: role, threads: threads)),
            instance: instance, loops: Array(repeating: Loop(), count: threads))
    }

    // MARK: The course of things

    mutating func step() {
        let index = Int.random(in: 0..<peers.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: deliverToLearner(index)
        case 25..<50: deliverToActor(index)
        case 50..<72: loop(index, Int.random(in: peers[index].loops.indices, using: &random))
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
        if Int.random(in: 0..<32, using: &checks) == 0, learner.books.ledger != ledger {
            faults.append("books \(learner.books.ledger) of \(ledger)")
        }
        if learner.creditImbalance != 0 { faults.append("credit of the sessions is off by \(learner.creditImbalance)") }
        if learner.granted < 0 || learner.queued < 0 || learner.inTraining != inFlight.count { faults.append("counts are off") }
        // Of those who have not proven themselves a window of their own.
        let limit = (offer.isLockstep ? 1 : 2) * offer.largestWindow
        if learner.lentEver == 0, learner.granted + learner.queued > limit { faults.append("more than \(limit) unrolls outstanding") }
        let bytes = (learner.granted + learner.queued + learner.inTraining) * offer.layout.byteCount
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
                for number in peers[index].loops.indices {
                    while peers[index].loops[number].stepping > 0 { complete(index, number) }
                    if round < rounds / 2 || (number == 0 && peers[index].playing != nil) { loop(index, number) }
                }
            }
            while !toStore.isEmpty { store() }
            while learner.hasEvents || !backlog.isEmpty { take() }
            while !inFlight.isEmpty { settle() }
            collectLearner()
        }
    }
}
