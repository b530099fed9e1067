package import Logging
package import StarlingEnvironments
import StarlingThreads
package import StarlingTransport
import Synchronization

/// The loops of one actor: so many threads, one session, one outbox, and one download of each version of the parameters.
package enum ActorNode {
    /// Runs a loop on this thread and one on each of the others, until the learner or `shouldStop` ends them all. What the
    /// outbox then holds is still to be drained.
    /// - Parameters:
    ///   - threads: of the offer that the link was made with.
    ///   - link: a loop's end, made on its thread.
    ///   - logger: the first loop's, which speaks for all.
    ///   - shouldStop: asked by all of them.
    /// - Throws: what the first loop that failed did.
    package static func run(
        threads: Int, link: @escaping @Sendable (_ loop: Int) -> any ActorLink, environments: EnvironmentRegistry, logger: Logger,
        shouldStop: @escaping @Sendable () -> Bool
    ) throws -> ActorLoop.Outcome {
        let ending = Ending()
        let stops: @Sendable () -> Bool = { shouldStop() || ending.isBroken }
        let others = (1..<max(1, threads)).map { number in
            NamedThread("loop \(number)") {
                ending.note(
                    Result {
                        let loop = ActorLoop(
                            link: link(number), share: Share(loop: number, of: threads), environments: environments,
                            logger: Logger(label: logger.label) { _ in SwiftLogNoOpLogHandler() })
                        return try loop.run(shouldStop: stops)
                    })
            }
        }
        ending.note(
            Result {
                let loop = ActorLoop(
                    link: link(0), share: Share(loop: 0, of: threads), environments: environments, logger: logger)
                return try loop.run(shouldStop: stops)
            })
        for thread in others { thread.join() }
        return try ending.outcome()
    }

    /// What the loops came to. All hear the learner's goodbye; where one breaks, the others are to stop.
    private final class Ending: Sendable {
        private let first = Mutex<Result<ActorLoop.Outcome, any Error>?>(nil)
        private let broke = Atomic<Bool>(false)

        var isBroken: Bool { broke.load(ordering: .relaxed) }

        func note(_ result: Result<ActorLoop.Outcome, any Error>) {
            if case .failure = result { broke.store(true, ordering: .relaxed) }
            first.withLock { first in
                switch (first, result) {
                case (nil, _), (.success, .failure): first = result
                default: break
                }
            }
        }

        func outcome() throws -> ActorLoop.Outcome {
            guard let result = first.withLock({ $0 }) else { preconditionFailure("no loop has ended") }
            return try result.get()
        }
    }
}
