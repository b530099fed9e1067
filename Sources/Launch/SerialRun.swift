import StarlingActing
import StarlingEnvironments
import StarlingLaunchActor
import StarlingLearning
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// Learner and actors in one process and one thread, in lockstep, actors served round-robin: the same roles, messages
/// and loops as across processes, and the same bits for the same seed.
struct SerialRun {
    private let loop: LearnerLoop
    private let actors: [ActorLoop]

    init(_ session: RunSession, environments: EnvironmentRegistry) throws {
        let offers = (0 ..< session.settings.train.actors).map { number in
            ActorOffer(
                role: .act, environments: environments.entries.map(\.spec), instance: "actor-\(number)",
                incarnation: UInt64(session.generation - 1), build: Build.description, outboxByteBudget: 1 << 30)
        }
        let pair = InProcessPair(actors: offers, build: Build.description, logger: session.logger)
        pair.learner.open(try session.offer())
        loop = try session.makeLoop(pair.learner)
        actors = pair.actors.map { ActorLoop(link: $0, environments: environments, logger: session.logger) }
    }

    func run(shouldStop: () -> Bool) throws -> RunOutcome {
        loop.begin()
        while !shouldStop() {
            for actor in actors {
                if case .failed(let error) = try actor.turn(before: .now, shouldStop) { throw error }
            }
            learning: while true {
                switch loop.turn(before: .now) {
                case .ended(let outcome): return outcome
                case .worked: continue
                case .idle: break learning
                }
            }
        }
        return loop.stop()
    }
}
