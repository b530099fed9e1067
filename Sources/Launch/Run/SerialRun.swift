import Logging
import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingMessages
import StarlingSafetensors
import StarlingThreads
import StarlingTransport

/// Learner and actors in one process and one thread, in lockstep, actors served round-robin: the same roles, messages
/// and loops as across processes, and the same bits for the same seed, however often the run was stopped and resumed.
struct SerialRun {
    private let loop: LearnerLoop
    private let actors: [ActorLoop]

    init(_ session: RunSession, environments: EnvironmentRegistry) throws {
        let offer = try session.offer()
        let earlier = SerialActors.earlier(in: session)
        // Other seeds than those of the episodes that were played on the way to a checkpoint that doesn't hold their state.
        let incarnation = session.capture == nil ? 0 : UInt64(session.generation - 1)
        let offers = (0..<session.settings.train.actors).map { number in
            ActorOffer(
                role: .act, environments: environments.specs, instance: SerialActors.name(number),
                incarnation: earlier?[number].incarnation ?? incarnation,
                build: Build.description, outboxByteBudget: 1 << 30, families: environments.families)
        }
        let pair = InProcessPair(
            actors: offers, build: Build.description, logger: session.logger, run: offer.runIdentity,
            produced: earlier?.map(\.produced))
        pair.learner.open(offer, after: session.past, journal: nil)
        loop = try session.makeLoop(pair.learner)
        actors = pair.actors.map { ActorLoop(link: $0, environments: environments, logger: session.logger) }
        if let earlier, let line = session.capture?.state.serial?.creditQueue {
            pair.learner.queueForCredit(inOrderOf: line)
            for (actor, state) in zip(actors, earlier) { actor.resume(from: state.rollout) }
        }
        let serial = SerialActors(
            loops: actors, links: pair.actors, offers: offers, environment: session.settings.environment, logger: session.logger)
        loop.namesWaitingForCredit = { pair.learner.creditQueue }
        loop.serialState = { serial.capture(creditQueue: $0) }
    }

    /// Runs to the end. Asked to stop, it finishes its batch first, so that it stops where it can go on exactly.
    func run(shouldStop: () -> Bool) throws -> RunOutcome {
        loop.begin()
        while !(shouldStop() && loop.isBetweenBatches) {
            for actor in actors {
                if case .failed(let error) = try actor.turn(before: .now) { throw error }
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

/// The actors of a serial run as a checkpoint sees them.
private final class SerialActors {
    private let loops: [ActorLoop]
    private let links: [InProcessActorLink]
    private let offers: [ActorOffer]
    private let environment: String
    private let logger: Logger
    private var isUnsupportedTold = false

    init(
        loops: [ActorLoop], links: [InProcessActorLink], offers: [ActorOffer], environment: String, logger: Logger
    ) {
        (self.loops, self.links, self.offers) = (loops, links, offers)
        (self.environment, self.logger) = (environment, logger)
    }

    /// Not those of `train`'s processes: they count their starts by the clock.
    static func name(_ number: Int) -> String { "serial-\(number)" }

    /// Where all actors stand; nil when one is in the middle of something, or has environments that can't tell.
    func capture(creditQueue: [String]) -> SerialCapture? {
        var capture = SerialCapture(state: SerialState(creditQueue: creditQueue, actors: []), arrays: [])
        for (number, loop) in loops.enumerated() {
            guard let produced = links[number].producedAtRest else { return nil }
            guard let state = loop.savedState else {
                if produced > 0 { reportUnsupported() }
                return nil
            }
            capture.state.actors.append(
                SerialState.Actor(
                    instance: offers[number].instance, incarnation: offers[number].incarnation, produced: produced,
                    nextGroup: state.nextGroup, steps: state.groups.map(\.step)))
            for (group, saved) in state.groups.enumerated() {
                for (name, bytes) in saved.bytes.sorted(by: { $0.key < $1.key }) {
                    capture.arrays.append(
                        NamedArray("\(offers[number].instance).\(group).\(name)", .uint8, shape: [bytes.count], bytes: bytes))
                }
            }
        }
        return capture
    }

    private func reportUnsupported() {
        guard !isUnsupportedTold else { return }
        isUnsupportedTold = true
        logger.warning(
            "\(environment) can't save its state (it has no savedState()): resumed, its episodes begin anew, and its parameters will not be those of a run that never stopped"
        )
    }

    struct Earlier {
        let incarnation: UInt64
        let produced: UInt64
        let rollout: RolloutState
    }

    /// What the checkpoint holds of as many actors as there are now; nil when they begin anew.
    static func earlier(in session: RunSession) -> [Earlier]? {
        guard let capture = session.capture, let serial = capture.state.serial else { return nil }
        let count = session.settings.train.actors
        guard serial.actors.count == count else {
            session.logger.warning(
                "the checkpoint is of \(serial.actors.count) serial actors and there are \(count) now: episodes begin anew")
            return nil
        }
        return serial.actors.map { actor in
            let groups = actor.steps.enumerated().map { group, step in
                let prefix = "\(actor.instance).\(group)."
                let own = capture.actors.filter { $0.name.hasPrefix(prefix) }
                let bytes = own.map { (String($0.name.dropFirst(prefix.count)), $0.bytes) }
                return RolloutState.Group(step: step, bytes: Dictionary(uniqueKeysWithValues: bytes))
            }
            return Earlier(
                incarnation: actor.incarnation, produced: actor.produced,
                rollout: RolloutState(nextGroup: actor.nextGroup, groups: groups))
        }
    }
}
