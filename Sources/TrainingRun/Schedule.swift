import Glibc
import StarlingExperience

/// How the controls of a training go, from the instance's initial rate or from one of its own.
package enum Schedule: Sendable {
    /// The initial rate throughout.
    case constant
    /// From this rate to 0 along half a period of the cosine, update by update (Loshchilov & Hutter 2017, without restarts).
    case cosine(Float)
    /// This rate for four tenths of the updates, then to 0 as the cosine goes (warmup-stable-decay without the first of them: Hu et al. 2024,
    /// "MiniCPM").
    case held(Float)
    /// From the initial rate, halved whenever the validation has gained nothing for two decisions in a row.
    case plateau
    /// These choices, one a decision.
    case chosen([Int])

    private static let heldShare: Float = 0.4
    private static let patience = 2
    private static let plateauFactor: Float = 0.5
    /// Of z for each picture of the test.
    private static let samples = 8

    /// What came of a training.
    package struct Outcome: Sendable {
        /// The learning rate that each decision's updates began with.
        package let rates: [Float]
        /// What the ELBO of the validation gained, nats.
        package let gain: Double
        /// Of the test's pictures, which no decision has seen.
        package let test: InnerTraining.Judgement
    }

    /// Trains one instance by it; a training whose numbers end to be finite ends there.
    package func train(_ instance: TrainingInstance, _ trainings: TrainingFactory, _ settings: TrainingRun.Settings) -> Outcome {
        let course = run(instance, trainings, settings, isJudgedAlways: false)
        return Outcome(
            rates: course.rates, gain: course.validation() - course.first,
            test: course.training.judged(on: trainings.data.test, samples: Self.samples))
    }

    /// What the ELBO of the validation gains by each decision, nats; fewer where the training ended to be finite.
    func gains(_ instance: TrainingInstance, _ trainings: TrainingFactory, _ settings: TrainingRun.Settings) -> [Double] {
        let course = run(instance, trainings, settings, isJudgedAlways: true)
        return zip(course.judgements, [course.first] + course.judgements).map { $0 - $1 }
    }

    /// A training that was made by it.
    private struct Course {
        let training: InnerTraining
        let data: TrainingData
        /// ELBO of the validation before the first update, nats.
        var first = 0.0
        var rates: [Float] = []
        /// ELBO of the validation behind each decision, where it was judged.
        var judgements: [Double] = []

        func validation() -> Double { training.judged(on: data.validation, samples: TrainingRun.samples).elbo }
    }

    private func run(
        _ instance: TrainingInstance, _ trainings: TrainingFactory, _ settings: TrainingRun.Settings, isJudgedAlways: Bool
    ) -> Course {
        var course = Course(training: trainings.makeTraining(of: instance), data: trainings.data)
        var controls = Controls(rate: instance.rate)
        course.first = course.validation()
        var (best, stale) = (course.first, 0)
        // As the environment does, before its first observation: the batches are then the same.
        _ = course.training.measure(controls)
        let updates = settings.decisions * settings.updatesPerDecision
        decisions: for decision in 0..<settings.decisions {
            if case .chosen(let choices) = self {
                guard decision < choices.count else { break }
                settings.factors.apply(choices[decision], to: &controls)
            }
            for update in 0..<settings.updatesPerDecision {
                let progress = Float(decision * settings.updatesPerDecision + update) / Float(updates)
                controls.rate = rate(at: progress) ?? controls.rate
                if update == 0 { course.rates.append(controls.rate) }
                guard course.training.step(controls).isFinite else { break decisions }
            }
            if isJudgedAlways { course.judgements.append(course.validation()) }
            guard case .plateau = self else { continue }
            let last = isJudgedAlways ? course.judgements[decision] : course.validation()
            stale = last > best ? 0 : stale + 1
            best = max(best, last)
            guard stale >= Self.patience else { continue }
            (stale, controls.rate) = (0, controls.rate * Self.plateauFactor)
        }
        return course
    }

    /// The rate of an update, where time alone tells it.
    /// - Parameter progress: share of the updates that are made.
    private func rate(at progress: Float) -> Float? {
        switch self {
        case .cosine(let first): first * (1 + cosf(.pi * progress)) / 2
        case .held(let first): first * (1 + cosf(.pi * max(0, (progress - Self.heldShare) / (1 - Self.heldShare)))) / 2
        case .constant, .plateau, .chosen: nil
        }
    }
}
