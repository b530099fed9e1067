import Logging
import StarlingActing
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A learner's and an actor's end in one thread, and the loop on the actor's.
private struct Run {
    let work: Work
    let pair: InProcessPair
    let loop: ActorLoop

    init() throws {
        work = try Work()
        let assignment = work.assignment
        let offer = ActorOffer(
            role: .act, environments: [assignment.environment], instance: "a", incarnation: 0, build: "test",
            outboxByteBudget: 1 << 24)
        pair = InProcessPair(actors: [offer], build: "test", logger: quiet)
        loop = ActorLoop(link: pair.actors[0], environments: .builtIn, logger: quiet)
        pair.learner.open(
            try LearnerOffer(
                run: assignment.run, runSeed: assignment.runSeed, generation: 1, environment: assignment.environment,
                model: assignment.model, acting: assignment.acting,
                environmentsPerActor: assignment.environmentsPerActor, unrollsPerBatch: 4, pacing: .fixed(batches: 2),
                byteBudget: 1 << 24))
    }

    func turns(_ count: Int) throws { for _ in 0..<count { _ = try loop.turn(before: .now) } }

    func takeUnrolls() -> [ReceivedUnroll] {
        var unrolls: [ReceivedUnroll] = []
        while let event = pair.learner.next(before: .now) {
            if case .unroll(let unroll) = event { unrolls.append(unroll) }
        }
        return unrolls
    }
}

@Suite struct ActorLoopTests {
    @Test func parametersThatDoNotFitAreWaitedOut() throws {
        let run = try Run()
        run.pair.learner.publish(ParameterSnapshot(version: ParameterVersion(generation: 1, update: 1), bytes: [1, 2, 3, 4]))
        try run.turns(10)
        #expect(run.takeUnrolls().isEmpty)
        let fitting = ParameterSnapshot(
            version: ParameterVersion(generation: 1, update: 2), bytes: run.work.snapshot.bytes)
        run.pair.learner.publish(fitting)
        try run.turns(3)
        let unrolls = run.takeUnrolls()
        #expect(unrolls.count >= 3)
        #expect(unrolls.allSatisfy { $0.header.version == fitting.version })
        run.pair.learner.finish(.finished, before: .now)
        #expect(run.pair.learner.overview.ledger.isBalanced)
    }

    @Test func aTurnWithoutParametersAsksForThem() throws {
        let run = try Run()
        run.pair.learner.publish(run.work.snapshot)
        // Somebody else on this link took the parameters, as a link with a fault would have it.
        let link = run.pair.actors[0]
        guard case .assigned? = link.nextTurn(wanting: 1, before: .now),
            case .rollout(let count, .some)? = link.nextTurn(wanting: 1, before: .now)
        else { throw Unexpected() }
        link.giveBack(unrolls: count)
        let late = ActorLoop(link: LateLink(link, run.work.assignment), environments: .builtIn, logger: quiet)
        for _ in 0..<4 { _ = try late.turn(before: .now) }
        #expect(!run.takeUnrolls().isEmpty)
    }
}

@Suite struct InterruptionTests {
    @Test func anEvaluationIsAbandonedForTheGoodbye() throws {
        let link = HurriedLink(try Work(Treadmill.entry))
        let loop = ActorLoop(link: link, environments: [Treadmill.entry], logger: quiet)
        let outcome = try loop.run { false }
        guard case .finished(.finished) = outcome else { throw Unexpected() }
        #expect(link.reports == 0 && link.questions == 3)
    }
}

/// Asks for an evaluation and says goodbye in the middle of it.
private final class HurriedLink: ActorLink {
    private var turns: [ActorTurn]
    private(set) var questions = 0
    private(set) var reports = 0

    init(_ work: Work) {
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 2, seed: 1)
        turns = [.finished(.finished), .evaluate(request, work.snapshot), .assigned(work.assignment)]
    }

    func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? { turns.popLast() }
    func send(_ report: EvaluationReport) { reports += 1 }
    func send(_ failure: EvaluationFailure) {}

    var wantsToInterrupt: Bool {
        questions += 1
        return questions == 3
    }

    func send(_ round: [CompletedUnroll]) {}
    func giveBack(unrolls: Int) {}
    func forgetParameters(unfit: ParameterSnapshot?) {}
    func decline(_ reason: String) {}
    func report(steps: UInt64, _ times: ActorTimes) {}
    func drain(before deadline: Deadline) {}
    func makeBlock(byteCount: Int) -> UnrollBlock { UnrollBlock(byteCount: byteCount) }
}

private struct Unexpected: Error {}

/// Tells a second loop of the assignment that the first was told.
private final class LateLink: ActorLink {
    private let link: any ActorLink
    private var assignment: Assignment?

    init(_ link: any ActorLink, _ assignment: Assignment) { (self.link, self.assignment) = (link, assignment) }

    func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? {
        if let assignment {
            self.assignment = nil
            return .assigned(assignment)
        }
        return link.nextTurn(wanting: unrolls, before: deadline)
    }

    func send(_ round: [CompletedUnroll]) { link.send(round) }
    func send(_ report: EvaluationReport) { link.send(report) }
    func send(_ failure: EvaluationFailure) { link.send(failure) }
    var wantsToInterrupt: Bool { link.wantsToInterrupt }
    func giveBack(unrolls: Int) { link.giveBack(unrolls: unrolls) }
    func forgetParameters(unfit: ParameterSnapshot?) { link.forgetParameters(unfit: unfit) }
    func decline(_ reason: String) { link.decline(reason) }
    func report(steps: UInt64, _ times: ActorTimes) { link.report(steps: steps, times) }
    func makeBlock(byteCount: Int) -> UnrollBlock { link.makeBlock(byteCount: byteCount) }
}
