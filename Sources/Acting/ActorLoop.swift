package import Logging
package import StarlingCompute
package import StarlingEnvironments
import StarlingExperience
package import StarlingMessages
package import StarlingThreads
package import StarlingTransport

/// A loop's life: take a turn from the learner, do it, take the next. An actor has one or, on threads of their own, some.
package final class ActorLoop {
    /// Why the loop ended.
    package enum Outcome {
        /// The learner said that the run is over.
        case finished(Farewell)
        /// This process was asked to stop.
        case stopped
        case failed(TransportError)
    }

    private let link: any ActorLink
    private let environments: EnvironmentRegistry
    private let logger: Logger
    /// Which parameters it began with was told of: one line an assignment.
    private var beginningIsTold = false
    private var assignment: Assignment?
    private var actor: RolloutActor?
    /// Environment steps taken in all, and when they are told within a round.
    private var steps: UInt64 = 0
    private var nextReport = Deadline(nanoseconds: 0)
    /// Parameters that don't fit were told of: one line an assignment.
    private var mismatchIsTold = false
    /// What the first assignment's environments go on from.
    private var earlier: RolloutState?
    private var clock: ActingClock

    private let compute: ComputeContext
    private let share: Share

    /// - Parameter share: which of the actor's environments it steps.
    package init(
        link: any ActorLink, share: Share = .all, environments: EnvironmentRegistry, logger: Logger,
        compute: ComputeContext = .cpu()
    ) {
        self.share = share
        clock = ActingClock(readsProcessorTime: share.loop == 0)
        self.compute = compute
        self.link = link
        self.environments = environments
        self.logger = logger
    }

    /// Runs until the learner or `shouldStop` ends it.
    package func run(shouldStop: () -> Bool) throws -> Outcome {
        while !shouldStop() {
            if let outcome = try turn(before: .after(seconds: 0.2), shouldStop) { return outcome }
        }
        return .stopped
    }

    /// Takes at most one turn, waiting for it until the deadline.
    package func turn(before deadline: Deadline, _ shouldStop: () -> Bool = { false }) throws -> Outcome? {
        let turn = link.nextTurn(wanting: actor?.groupCount ?? 1, before: deadline)
        clock.account(for: \.waiting)
        defer { tellTimes() }
        switch turn {
        case nil: break
        case .assigned(let assignment):
            guard try take(assignment, shouldStop) else { return .stopped }
        case .rollout(let unrolls, let parameters):
            guard try rollOut(unrolls, parameters, shouldStop) else { return .stopped }
        case .evaluate(let request, let snapshot):
            evaluate(request, snapshot, shouldStop)
            clock.account(for: \.evaluating)
        case .finished(.restarting):
            logger.info("the learner is restarting: waiting for the next, with what is not acknowledged")
        case .finished(let farewell): return .finished(farewell)
        case .failed(let error): return .failed(error)
        }
        return nil
    }

    private func tellTimes() {
        clock.readProcessorTime()
        if share.loop == 0 { clock.note(environments.faults) }
        link.report(steps: steps, clock.times)
    }

    /// - Returns: false when it was to stop before there were environments.
    private func take(_ assignment: Assignment, _ shouldStop: () -> Bool) throws -> Bool {
        self.assignment = assignment
        mismatchIsTold = false
        beginningIsTold = false
        // A session that comes back to the same work goes on with its environments where they are.
        guard actor?.assignment != assignment else { return true }
        do {
            // What is left of the work before ends first.
            actor = nil
            actor = try RolloutActor(assignment, share: share, environments: environments, compute: compute)
        } catch {
            if shouldStop() { return false }
            link.decline("\(error)")
            throw error
        }
        if let earlier {
            self.earlier = nil
            try actor!.restore(earlier)
        }
        return true
    }

    /// Has the environments go on from here instead of beginning episodes. Call it before the first turn.
    package func resume(from state: RolloutState) { earlier = state }

    /// Where the environments stand; nil when they can't tell, or there are none.
    package var savedState: RolloutState? { actor?.savedState }
    private func tellBeginning(_ version: ParameterVersion) {
        guard !beginningIsTold else { return }
        beginningIsTold = true
        logger.info("acting with parameters \(version)")
    }

    /// - Returns: false when it was to stop while environments were waited for.
    private func rollOut(_ unrolls: Int, _ parameters: ParameterSnapshot?, _ shouldStop: () -> Bool) throws -> Bool {
        guard let actor else {
            link.giveBack(unrolls: unrolls)
            return true
        }
        if let parameters, !actor.adopt(parameters) {
            tellMismatch(parameters, actor)
            link.giveBack(unrolls: unrolls)
            link.forgetParameters(unfit: parameters)
            link.decline(mismatch(parameters, actor))
            return true
        }
        if let parameters { tellBeginning(parameters.version) }
        guard actor.hasParameters else {
            link.giveBack(unrolls: unrolls)
            link.forgetParameters(unfit: nil)
            return true
        }
        clock.account(for: \.transport)
        do {
            clock.account(
                for: try actor.rollOut(
                    groups: unrolls, makeBlock: { link.makeBlock(byteCount: $0) }, stepped: { tell($0) },
                    send: { link.send($0) }))
        } catch {
            link.giveBack(unrolls: unrolls)
            if shouldStop() { return false }
            link.decline("\(error)")
            throw error
        }
        return true
    }

    /// PING tells the learner that this loop runs. A few times a second: loops of one actor share a lock.
    private func tell(_ rows: Int) {
        steps &+= UInt64(rows)
        let now = Deadline.now
        guard now >= nextReport else { return }
        nextReport = now.advanced(seconds: 0.1)
        link.report(steps: steps, clock.times)
    }

    private func tellMismatch(_ parameters: ParameterSnapshot, _ actor: RolloutActor) {
        guard !mismatchIsTold else { return }
        mismatchIsTold = true
        logger.error("\(mismatch(parameters, actor)): this actor waits for others; build the actor and the learner from the same sources")
    }

    private func mismatch(_ parameters: ParameterSnapshot, _ actor: RolloutActor) -> String {
        "parameters \(parameters.version) have \(parameters.bytes.count) bytes, but the model of run \(actor.assignment.run) has \(actor.parameterByteCount) here"
    }

    /// An evaluation that can't be played is the learner's to know; it is no reason to end.
    private func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot, _ shouldStop: () -> Bool) {
        guard let assignment else { return }
        let evaluator = Evaluator(
            model: assignment.model, environment: assignment.environment, acting: assignment.acting, environments: environments,
            compute: compute)
        do {
            let report = try evaluator.evaluate(
                request, snapshot, shouldStop: { shouldStop() || self.link.wantsToInterrupt })
            if let report {
                link.send(report)
            } else {
                logger.info("evaluation \(request.identifier) is abandoned: it was interrupted")
            }
        } catch {
            logger.error("evaluation \(request.identifier) can't be played: \(error)")
            link.send(EvaluationFailure(identifier: request.identifier, reason: "\(error)"))
        }
    }
}
