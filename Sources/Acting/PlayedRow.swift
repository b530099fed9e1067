package import StarlingEnvironments
import StarlingExperience

/// One step of the episodes that are played side by side, for who watches.
package struct PlayedRow {
    /// Number of the first one's episode.
    package let firstEpisode: Int
    /// Whose episode isn't over before this step; what the others show doesn't count.
    package let isPlaying: [Bool]
    /// `[E]` of discrete actions, `[E, P]` of several parts; empty of continuous ones.
    package let actions: UnsafeBufferPointer<Int32>
    package let rewards: UnsafeBufferPointer<Float>
    /// Raw values of `StepKind`.
    package let kinds: UnsafeBufferPointer<UInt8>
    private let environments: any EnvironmentBatch

    init(_ view: MutableUnrollView, row: Int, _ environments: any EnvironmentBatch, firstEpisode: Int, isPlaying: [Bool]) {
        (self.firstEpisode, self.isPlaying, self.environments) = (firstEpisode, isPlaying, environments)
        let isChosen = !view.layout.actionParts.isEmpty
        actions = isChosen ? UnsafeBufferPointer(view.actions(at: row)) : UnsafeBufferPointer(start: nil, count: 0)
        rewards = UnsafeBufferPointer(view.rewards(at: row))
        kinds = UnsafeBufferPointer(view.kinds(at: row))
    }

    /// What one of them looks like after the step: where that terminated its episode, as the next one begins.
    package func picture(of environment: Int) -> Picture? { environments.picture(of: environment) }
}
