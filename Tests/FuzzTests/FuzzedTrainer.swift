import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLearning
import StarlingTraining
import StarlingTransport

/// A real learner behind a fuzzed role: it trains on whatever passed the checks.
struct FuzzedTrainer {
    private let learner: Learner
    private(set) var updates = 0
    private(set) var fault: String?

    /// - Parameter offer: whose unrolls it takes.
    init(_ offer: LearnerOffer) throws {
        var settings = RunSettings()
        settings.environment = offer.environment.name
        settings.model.encoder = [8]
        settings.model.latentCount = 2
        settings.acting.unrollLength = offer.acting.unrollLength
        settings.acting.environmentsPerUnroll = offer.acting.environmentsPerUnroll
        settings.batch.columns = offer.unrollsPerBatch * offer.acting.environmentsPerUnroll
        settings.latent.replayShare = 0.5
        settings.latent.replayByteCount = 1 << 20
        learner = try Learner(settings, environment: offer.environment, generation: offer.generation, compute: .cpu())
    }

    /// Trains on an unroll as `LearnerLoop` does, and gives it, and others that were waiting for it, their fates.
    mutating func take(_ unroll: ReceivedUnroll, _ role: inout LearnerSessions) {
        guard learner.accept(unroll) == .loaded else { return role.settle(unroll, .tooStale) }
        guard learner.isReady else { return }
        do {
            role.settle(try learner.step().unrolls, .trained)
            updates += 1
            if !learner.capture().trained.parameters.allSatisfy(\.isFinite) { fault = "parameters that are no numbers" }
        } catch {
            switch learner.culprit() {
            case .parameters: fault = "peers broke the parameters: \(error)"
            case .loss(let magnitudes): fault = "peers broke the loss with ordinary numbers: \(error), \(magnitudes)"
            case .unrolls(let unrolls): for unroll in unrolls { role.settleUnusable(unroll, "\(error)") }
            }
        }
    }
}
