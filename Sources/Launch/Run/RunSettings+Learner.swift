import StarlingCompute
import StarlingExperience
import StarlingLearning
import StarlingThreads
import StarlingTransport

/// What a learner of these settings is made of, wherever one is started.
extension RunSettings {
    /// The cores that the learner computes with.
    /// - Parameter tuning: that an earlier start of the run timed.
    func computeContext(known tuning: Tuning?) -> ComputeContext {
        .cpu(
            team: train.threads > 1 ? WorkerTeam(count: train.threads, name: "learner") : nil,
            tuning: train.tuning.tuning(known: tuning))
    }

    /// What actors are told.
    /// - Parameters:
    ///   - run: the run's name, for people.
    ///   - generation: this start of its learner.
    func offer(run: String, generation: UInt32, environment: EnvironmentSpec) throws -> LearnerOffer {
        try LearnerOffer(
            run: run, runSeed: seed, generation: generation, environment: environment, model: modelSpec(for: environment),
            acting: actingSpec, environmentsPerActor: acting.environmentsPerActor, unrollsPerBatch: unrollsPerBatch,
            pacing: pacing, byteBudget: batch.memoryBytes, compression: acting.compression)
    }
}
