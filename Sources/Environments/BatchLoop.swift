public import StarlingExperience

/// One environment of a batch and where it stands.
@usableFromInline
struct BatchSlot<E: EnvironmentCore> {
    @usableFromInline var environment: E
    @usableFromInline var progress = BatchProgress()
}

/// Where an environment stands in its seeds and its episode.
@usableFromInline
struct BatchProgress: BitwiseCopyable, Sendable {
    @usableFromInline var seed: UInt64 = 0
    /// Number of the current episode, from 0.
    @usableFromInline var episode: UInt64 = 0
    /// Sum of the current episode's rewards; in double, so that long sums stay exact.
    @usableFromInline var episodeReturn = 0.0
    /// Steps of the current episode.
    @usableFromInline var length: UInt32 = 0
    /// 1 when the last step truncated the episode, so that the next one is a reset row.
    @usableFromInline var awaitsReset: UInt32 = 0
}

/// What the steps of an environment cost.
@usableFromInline
struct EpisodeCost: BitwiseCopyable, Sendable {
    /// Of the last step.
    @usableFromInline var last: Float = 0
    /// Sum over the current episode.
    @usableFromInline var sum = 0.0
}

/// Episodes that ended and that nobody has taken yet.
@usableFromInline
final class FinishedEpisodes {
    var entries: [(environment: Int, episode: UnrollHeader.Episode)] = []

    /// Out of line: few steps end an episode.
    @usableFromInline @inline(never)
    func append(_ environment: Int, _ progress: BatchProgress, cost: Double?) {
        entries.append(
            (
                environment,
                .init(
                    episodeReturn: Float(progress.episodeReturn), length: progress.length, measures: cost.map { [Float($0)] } ?? [])
            ))
    }
}

/// The loop over a batch's environments.
///
/// Its step is inlinable, which is what makes it cheap: the witnesses of a generic type are never specialised, so
/// the loop is compiled for the one environment where its registry entry is made, in the user's module.
@usableFromInline
struct BatchLoop<E: EnvironmentCore> {
    @usableFromInline let slots: UnsafeMutableBufferPointer<BatchSlot<E>>
    @usableFromInline let finished: FinishedEpisodes
    /// Scalars `D` of one observation.
    @usableFromInline let width: Int
    /// Discrete actions that there are of each part; empty if they are continuous.
    @usableFromInline let actionCounts: UnsafeMutableBufferPointer<Int32>
    /// Numbers of one action.
    @usableFromInline let actionWidth: Int
    /// `[E]`; empty where steps have no costs.
    @usableFromInline let costs: UnsafeMutableBufferPointer<EpisodeCost>

    /// What `step` takes and does.
    @usableFromInline
    typealias Step = (
        UnsafeRawPointer, UnsafeMutablePointer<E.Scalar>, UnsafeMutableBufferPointer<Float>,
        UnsafeMutableBufferPointer<UInt8>
    ) -> Void

    func reset(seeds: [UInt64], rows: UnsafeMutablePointer<E.Scalar>) {
        for i in slots.indices {
            slots[i].progress = BatchProgress(seed: seeds[i])
            if !costs.isEmpty { costs[i] = EpisodeCost() }
            begin(i, row: row(i, of: rows))
        }
    }

    /// Begins an episode in the row after a truncation, which is no step.
    /// - Returns: whether this is such a row.
    @inlinable @inline(__always)
    func beginsAnew(
        _ i: Int, row: UnsafeMutableBufferPointer<E.Scalar>, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        guard slots[i].progress.awaitsReset != 0 else { return false }
        slots[i].progress.awaitsReset = 0
        begin(i, row: row)
        if !costs.isEmpty { costs[i].last = 0 }
        rewards[i] = 0
        kinds[i] = StepKind.reset.rawValue
        return true
    }

    /// Writes what came of a step.
    @inlinable @inline(__always)
    func note(
        _ i: Int, _ result: StepResult, row: UnsafeMutableBufferPointer<E.Scalar>,
        rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        slots[i].progress.episodeReturn += Double(result.reward)
        slots[i].progress.length += 1
        if costs.isEmpty {
            precondition(result.cost == 0, "a step has a cost, and the environment's tellsCost is false")
        } else {
            costs[i].last = result.cost
            costs[i].sum += Double(result.cost)
        }
        rewards[i] = result.reward
        kinds[i] = StepKind(result.ending).rawValue
        if result.ending != .none { end(i, result.ending, row: row) }
    }

    /// Notes the episode, and begins the next one at once or in the row to come.
    @inlinable @inline(never)
    func end(_ i: Int, _ ending: Ending, row: UnsafeMutableBufferPointer<E.Scalar>) {
        finished.append(i, slots[i].progress, cost: costs.isEmpty ? nil : costs[i].sum)
        if !costs.isEmpty { costs[i].sum = 0 }
        slots[i].progress.episode += 1
        slots[i].progress.episodeReturn = 0
        slots[i].progress.length = 0
        if ending == .terminated {
            begin(i, row: row)
        } else {
            slots[i].progress.awaitsReset = 1
        }
    }

    @inlinable
    func begin(_ i: Int, row: UnsafeMutableBufferPointer<E.Scalar>) {
        var observation = row.mutableSpan
        let progress = slots[i].progress
        slots[i].environment.reset(seed: Seed.episode(progress.episode, of: progress.seed), into: &observation)
    }

    @inlinable
    func row(_ i: Int, of rows: UnsafeMutablePointer<E.Scalar>) -> UnsafeMutableBufferPointer<E.Scalar> {
        UnsafeMutableBufferPointer(start: rows + i * width, count: width)
    }
}

extension BatchLoop where E: Environment {
    /// - Parameter actions: `[E]` Int32.
    @inlinable
    func step(
        actions: UnsafeRawPointer, rows: UnsafeMutablePointer<E.Scalar>, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        let actions = actions.assumingMemoryBound(to: Int32.self)
        let actionCount = actionCounts[0]
        for i in slots.indices {
            let action = actions[i]
            precondition(action >= 0 && action < actionCount, "an action is not within the environment's spec")
            let row = row(i, of: rows)
            if beginsAnew(i, row: row, rewards: rewards, kinds: kinds) { continue }
            var observation = row.mutableSpan
            let result = slots[i].environment.step(Int(action), into: &observation)
            note(i, result, row: row, rewards: rewards, kinds: kinds)
        }
    }
}

extension BatchLoop where E: MultiDiscreteEnvironment {
    /// - Parameter actions: `[E, P]` Int32.
    @inlinable
    func step(
        actions: UnsafeRawPointer, rows: UnsafeMutablePointer<E.Scalar>, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        let actions = actions.assumingMemoryBound(to: Int32.self)
        for i in slots.indices {
            let action = UnsafeBufferPointer(start: actions + i * actionWidth, count: actionWidth)
            for part in action.indices {
                precondition(action[part] >= 0 && action[part] < actionCounts[part], "an action is not within the environment's spec")
            }
            let row = row(i, of: rows)
            if beginsAnew(i, row: row, rewards: rewards, kinds: kinds) { continue }
            var observation = row.mutableSpan
            let result = slots[i].environment.step(action.span, into: &observation)
            note(i, result, row: row, rewards: rewards, kinds: kinds)
        }
    }
}

extension BatchLoop where E: ContinuousEnvironment {
    /// - Parameter actions: `[E, K]` Float, within the bounds.
    @inlinable
    func step(
        actions: UnsafeRawPointer, rows: UnsafeMutablePointer<E.Scalar>, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        let actions = actions.assumingMemoryBound(to: Float.self)
        for i in slots.indices {
            let row = row(i, of: rows)
            if beginsAnew(i, row: row, rewards: rewards, kinds: kinds) { continue }
            var observation = row.mutableSpan
            let action = UnsafeBufferPointer(start: actions + i * actionWidth, count: actionWidth)
            let result = slots[i].environment.step(action.span, into: &observation)
            note(i, result, row: row, rewards: rewards, kinds: kinds)
        }
    }
}
