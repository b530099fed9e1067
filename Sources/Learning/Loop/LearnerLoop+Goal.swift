import Logging
import StarlingExperience
import StarlingThreads
import StarlingTransport

/// When parameters are evaluated on the way: where the goal is in sight, and every so many frames.
struct GoalTracker {
    /// Mean training return at which it is tried; nil = never.
    let threshold: Float?
    /// Environment steps from one evaluation to the next; 0: only the goal's.
    let every: UInt64
    /// The snapshot that is being evaluated.
    var trial: Trial?
    /// The newest evaluation, for the reports.
    var lastEvaluation: EvaluationReport?

    struct Trial {
        let identifier: UInt64
        /// When to give up waiting for it.
        let deadline: Deadline
        let capture: TrainingCapture
    }

    init(_ settings: RunSettings) {
        threshold = settings.goal.isEnabled ? settings.goal.meanReturn : nil
        every = settings.evaluation.every
    }

    func shouldTry(_ state: TrainingState) -> Bool {
        guard trial == nil else { return false }
        if every > 0, state.frames >= state.nextEvaluation ?? every { return true }
        guard let threshold, state.update >= state.nextGoalTry, state.recentReturns.isFull else { return false }
        return state.recentReturns.mean! >= threshold
    }

    /// A trial failed: an actor's time is better spent on some updates first.
    mutating func pause(_ state: inout TrainingState) {
        trial = nil
        state.nextGoalTry = state.update + 20
    }
}

/// The last evaluation of a run.
struct FinalEvaluation {
    let capture: TrainingCapture
    let reason: RunOutcome.Reason
    var request: EvaluationRequest
    /// When to give up waiting for an actor.
    let deadline: Deadline
    /// When to tell that it goes on.
    var reminder = Reminder(after: 10, growth: 2)
    /// When to ask again, after the actor that played was lost.
    var retry: Deadline?
}

extension LearnerLoop {
    /// Pins the parameters as they are and has them evaluated; training goes on meanwhile.
    func tryGoal() {
        if goal.every > 0 { learner.state.nextEvaluation = (learner.state.frames / goal.every + 1) * goal.every }
        let request = makeRequest(version: learner.version)
        let capture = capture()
        goal.trial = GoalTracker.Trial(
            identifier: request.identifier, deadline: .after(seconds: learner.settings.evaluation.seconds),
            capture: capture)
        link.evaluate(request, learner.makeSnapshot(of: capture))
    }

    /// The training is over: the final parameters are stored and play episodes with fresh seeds.
    func endTraining(with capture: TrainingCapture, reason: RunOutcome.Reason) {
        meter.end()
        link.endTraining()
        // What the last interval was, before the evaluation's time is added to it.
        sendReport(link.overview, isLast: true)
        leave(learner.abandonBatch())
        store(capture, as: .final)
        // The frames are used up before the trial is played: nobody waits for it.
        if let trial = goal.trial { link.cancelEvaluation(trial.identifier) }
        let request = makeRequest(version: capture.version)
        phase = .evaluating(
            FinalEvaluation(
                capture: capture, reason: reason, request: request,
                deadline: .after(seconds: learner.settings.evaluation.seconds)))
        link.evaluate(request, learner.makeSnapshot(of: capture))
    }

    func handle(_ report: EvaluationReport) {
        goal.lastEvaluation = report
        if case .evaluating(let final) = phase, report.identifier == final.request.identifier {
            _ = end(final.reason, evaluation: report)
        } else if let trial = goal.trial, trial.identifier == report.identifier, case .training = phase {
            keepIfBest(trial.capture, report)
            if learner.settings.isGoalReached(by: EvaluationSummary(report, learner.environment.measures)) {
                endTraining(with: trial.capture, reason: .goalReached)
            } else {
                goal.pause(&learner.state)
            }
        }
    }

    /// Keeps parameters that played better than all before, where some are evaluated every so many frames.
    private func keepIfBest(_ capture: TrainingCapture, _ report: EvaluationReport) {
        guard goal.every > 0, let summary = EvaluationSummary(report, learner.environment.measures),
            summary.mean > learner.state.bestReturn ?? -.infinity, learner.settings.isWithinCostLimit(summary)
        else { return }
        learner.state.bestReturn = summary.mean
        bestToStore = capture
    }

    func handleLost(_ identifier: UInt64, _ reason: String) {
        logger.warning("evaluation \(identifier) was lost: \(reason)")
        if case .evaluating(var final) = phase, final.request.identifier == identifier {
            final.retry = .after(seconds: 0.5)
            phase = .evaluating(final)
        } else if goal.trial?.identifier == identifier {
            goal.pause(&learner.state)
        }
    }

    /// Asks again after a loss, forgets a trial that nobody plays, and ends without an evaluation when nobody could play it.
    func evaluateIfOverdue() {
        guard case .evaluating(var final) = phase else {
            if let trial = goal.trial, trial.deadline.isPast {
                logger.warning(
                    "nobody has played the evaluation of \(trial.capture.version) within \(Int(learner.settings.evaluation.seconds)) s (evaluation.seconds): another is asked for later"
                )
                link.cancelEvaluation(trial.identifier)
                goal.pause(&learner.state)
            }
            return
        }
        if final.deadline.isPast {
            logger.error(
                """
                no actor has played the final evaluation within \(Int(learner.settings.evaluation.seconds)) s \
                (evaluation.seconds); `starling evaluate` plays it on the run directory
                """)
            _ = end(final.reason, evaluation: nil)
        } else if final.reminder.remind() {
            let seconds = learner.settings.evaluation.seconds
            logger.info(
                "the final parameters still play their \(final.request.episodes) episodes; given up \(Int(seconds)) s after they began (evaluation.seconds). \(EvaluationRequest.endlessHint)"
            )
            phase = .evaluating(final)
        } else if let retry = final.retry, retry.isPast {
            final.retry = nil
            final.request = makeRequest(version: final.capture.version)
            phase = .evaluating(final)
            link.evaluate(final.request, learner.makeSnapshot(of: final.capture))
        }
    }

    private func makeRequest(version: ParameterVersion) -> EvaluationRequest {
        learner.state.evaluations += 1
        let number = learner.state.evaluations
        return EvaluationRequest(
            identifier: number, version: version, episodes: learner.settings.evaluation.episodes,
            seed: Seed.mix(learner.settings.seed, SeedPurpose.evaluation, number))
    }
}
