import StarlingExperience

/// What a step is worth in training: `scale · (r − ν·c)`, of a reward r and a cost c. Experience is kept as it came, so that what is
/// trained on once more counts by the ν of then.
package struct TrainingReward: Sendable {
    /// What every reward is multiplied by.
    package let scale: Float
    /// ν: what a unit of cost takes from the reward.
    package var multiplier: Float = 0

    package init(scale: Float) { self.scale = scale }

    /// - Parameter place: of the step, in `[T, E]`.
    @inline(__always)
    func of(_ unroll: UnrollView, _ place: Int) -> Float {
        guard multiplier > 0, unroll.layout.costWidth > 0 else { return unroll.rewards[place] * scale }
        return (unroll.rewards[place] - multiplier * unroll.costs[place]) * scale
    }
}
