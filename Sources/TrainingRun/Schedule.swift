import Glibc
import StarlingExperience

/// How the controls of a training go, from the instance's initial rate or from one of its own.
package enum Schedule: Sendable {
    /// The initial rate throughout.
    case constant
    /// From this rate to 0 along half a period of the cosine, update by update (Loshchilov & Hutter 2017, without restarts).
    case cosine(Float)
    /// From the initial rate, halved whenever the validation has gained nothing for two decisions in a row.
    case plateau
    /// These choices, one a decision.
    case chosen([Int])

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
        let training = trainings.makeTraining(of: instance)
        func validation() -> Double { training.judged(on: trainings.data.validation, samples: TrainingRun.samples).elbo }
        var controls = Controls(rate: instance.rate)
        let first = validation()
        var (best, stale) = (first, 0)
        var rates: [Float] = []
        // As the environment does, before its first observation: the batches are then the same.
        _ = training.measure(controls)
        let updates = settings.decisions * settings.updatesPerDecision
        decisions: for decision in 0..<settings.decisions {
            if case .chosen(let choices) = self {
                guard decision < choices.count else { break }
                settings.factors.apply(choices[decision], to: &controls)
            }
            for update in 0..<settings.updatesPerDecision {
                if case .cosine(let rate) = self {
                    let progress = Float(decision * settings.updatesPerDecision + update) / Float(updates)
                    controls.rate = rate * (1 + cosf(.pi * progress)) / 2
                }
                if update == 0 { rates.append(controls.rate) }
                guard training.step(controls).isFinite else { break decisions }
            }
            guard case .plateau = self else { continue }
            let last = validation()
            stale = last > best ? 0 : stale + 1
            best = max(best, last)
            guard stale >= Self.patience else { continue }
            (stale, controls.rate) = (0, controls.rate * Self.plateauFactor)
        }
        return Outcome(rates: rates, gain: validation() - first, test: training.judged(on: trainings.data.test, samples: Self.samples))
    }
}
