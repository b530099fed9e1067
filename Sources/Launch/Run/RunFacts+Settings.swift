import StarlingLearning
import StarlingStorage
import StarlingWeb

extension RunFacts {
    /// What a run's settings say of it.
    init(_ settings: RunSettings, version: String, recipe: String, run: String, generation: UInt32) {
        self.init(
            version: version, recipe: recipe, run: run, environment: settings.environment, algorithm: settings.algorithm,
            seed: settings.seed, generation: generation, policyLagLimit: settings.batch.maxPolicyLag,
            journalBudget: settings.journal.sync == .none ? 0 : settings.journal.bytes, checkpointSeconds: settings.checkpoint.seconds)
    }
}
