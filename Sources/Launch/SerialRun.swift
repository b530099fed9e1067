import StarlingActing
import StarlingEnvironments
import StarlingLearning
import StarlingThreads
import StarlingTransport

/// Learner and actors in one process and one thread, in lockstep, actors served round-robin: the same roles, messages
/// and loops as across processes, and the same bits for the same seed.
struct SerialRun {
    private let loop: LearnerLoop
    private let actors: [ActorLoop]

    init(_ session: RunSession, environments: EnvironmentRegistry) throws {
        let pair = InProcessPair(build: "serial", logger: session.logger)
        pair.learner.open(try session.offer())
        loop = try session.makeLoop(pair.learner)
        actors = (0 ..< session.settings.train.actors).map { number in
            let offer = ActorOffer(
                role: .act, environments: environments.entries.map(\.spec), instance: "actor-\(number)",
                incarnation: 0, build: "serial", outboxByteBudget: 1 << 30)
            return ActorLoop(link: pair.makeActor(offer), environments: environments, logger: session.logger)
        }
    }

    func run(shouldStop: () -> Bool) throws -> RunOutcome {
        loop.begin()
        while !shouldStop() {
            for actor in actors { _ = try actor.turn(before: .now) }
            while true {
                let before = loop.progress
                if let outcome = try loop.turn(before: .now) { return outcome }
                guard loop.progress != before else { break }
            }
        }
        return try loop.stop()
    }
}
