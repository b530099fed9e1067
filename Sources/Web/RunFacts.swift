package import StarlingExperience

/// What is known of a run before it goes on, and stays so.
package struct RunFacts: Sendable {
    package var version: String
    package var recipe: String
    package var run: String
    package var environment: String
    package var algorithm: String
    package var seed: UInt64
    /// This start of its learner.
    package var generation: UInt32
    /// Updates that experience may be old; 0: no limit is told.
    package var policyLagLimit: Int
    /// Bytes that the journal may take; 0: there is none.
    package var journalBudget: Int
    /// Between checkpoints.
    package var checkpointSeconds: Double
    package init(
        version: String, recipe: String, run: String, environment: String, algorithm: String, seed: UInt64, generation: UInt32,
        policyLagLimit: Int = 0, journalBudget: Int = 0, checkpointSeconds: Double = 10
    ) {
        (self.version, self.recipe, self.run, self.environment, self.algorithm) = (version, recipe, run, environment, algorithm)
        (self.seed, self.generation) = (seed, generation)
        (self.policyLagLimit, self.journalBudget, self.checkpointSeconds) = (policyLagLimit, journalBudget, checkpointSeconds)
    }
}

/// What earlier starts of the learner have done, of which counters know nothing: they begin at 0 with a process.
package struct RunBefore: Sendable {
    package var frames: UInt64
    package var updates: UInt64
    package var episodes: UInt64
    /// As the books were opened.
    package var ledger: Ledger

    package init(frames: UInt64 = 0, updates: UInt64 = 0, episodes: UInt64 = 0, ledger: Ledger = Ledger()) {
        (self.frames, self.updates, self.episodes, self.ledger) = (frames, updates, episodes, ledger)
    }
}
