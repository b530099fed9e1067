package import StarlingExperience
package import StarlingSafetensors

/// Everything a run needs to go on, taken between two updates.
package struct Checkpoint<State: CheckpointState>: Sendable {
    /// The parameters' version, and the checkpoint's name.
    package var version: ParameterVersion
    /// Counters, schedules, random states, ledger: what the learner keeps beside its arrays. It goes through JSON, in
    /// which every UInt64 and every Double keeps its value.
    package var state: State
    package var parameters: [NamedArray]
    package var optimizer: [NamedArray]
    /// What the reservoir holds.
    package var replay: [NamedArray]
    /// Of actors in the learner's own process: where their environments stand.
    package var actors: [NamedArray]

    package init(
        version: ParameterVersion, state: State, parameters: [NamedArray], optimizer: [NamedArray],
        replay: [NamedArray] = [], actors: [NamedArray] = []
    ) {
        self.version = version
        self.state = state
        self.parameters = parameters
        self.optimizer = optimizer
        self.replay = replay
        self.actors = actors
    }
}
