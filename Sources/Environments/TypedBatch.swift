package import StarlingExperience

/// A batch of one type, known to the compiler: nothing dynamic within.
package final class TypedBatch<E: Environment>: EnvironmentBatch {
    package let spec: EnvironmentSpec
    package let count: Int

    let slots: UnsafeMutableBufferPointer<Slot>
    var finished: [Finished] = []
    private let width: Int
    private let actionCount: Int32

    /// One environment and where it stands.
    struct Slot {
        var environment: E
        var progress = Progress()
    }

    /// Where an environment stands in its seeds and its episode.
    struct Progress: BitwiseCopyable {
        var seed: UInt64 = 0
        /// Number of the current episode, from 0.
        var episode: UInt64 = 0
        /// Sum of the current episode's rewards; in double, so that long sums stay exact.
        var episodeReturn = 0.0
        /// Steps of the current episode.
        var length: UInt32 = 0
        /// 1 when the last step truncated the episode, so that the next one is a reset row.
        var awaitsReset: UInt32 = 0
    }

    struct Finished {
        var environment: UInt32
        var episode: UnrollHeader.Episode
    }

    package init(name: String, count: Int, make: () -> E) {
        precondition(count > 0, "a batch needs at least one environment, not \(count)")
        slots = .allocate(capacity: count)
        for i in 0..<count { slots.initializeElement(at: i, to: Slot(environment: make())) }
        spec = EnvironmentSpec(name: name, of: slots[0].environment)
        self.count = count
        width = spec.observation.count
        switch spec.action {
        case .discrete(let actions): actionCount = Int32(actions)
        }
        finished.reserveCapacity(count)
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    package func reset(seeds: [UInt64], into observations: UnsafeMutableRawBufferPointer) {
        precondition(seeds.count == count, "\(seeds.count) seeds for \(count) environments")
        let rows = rows(observations)
        finished.removeAll(keepingCapacity: true)
        for i in 0..<count {
            slots[i].progress = Progress(seed: seeds[i])
            begin(&slots[i], row: row(i, of: rows))
        }
    }

    package func step(
        actions: UnsafeBufferPointer<Int32>, into observations: UnsafeMutableRawBufferPointer,
        rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(
            actions.count == count && rewards.count == count && kinds.count == count,
            "\(actions.count) actions, \(rewards.count) rewards, \(kinds.count) kinds for \(count) environments")
        let rows = rows(observations)
        for i in 0..<count {
            let action = actions[i]
            precondition(action >= 0 && action < actionCount, "action \(action) is not in 0 ..< \(actionCount)")
            let result = advance(i, action: Int(action), row: row(i, of: rows))
            rewards[i] = result.reward
            kinds[i] = result.kind.rawValue
        }
    }

    @inline(__always)
    private func advance(
        _ i: Int, action: Int, row: UnsafeMutableBufferPointer<E.Scalar>
    ) -> (reward: Float, kind: StepKind) {
        if slots[i].progress.awaitsReset != 0 {
            slots[i].progress.awaitsReset = 0
            slots[i].progress.episode += 1
            begin(&slots[i], row: row)
            return (0, .reset)
        }
        var observation = row.mutableSpan
        let result = slots[i].environment.step(action, into: &observation)
        slots[i].progress.episodeReturn += Double(result.reward)
        slots[i].progress.length += 1
        if result.ending != .none { end(i, result.ending, row: row) }
        return (result.reward, StepKind(result.ending))
    }

    /// Out of line: few steps end an episode.
    @inline(never)
    private func end(_ i: Int, _ ending: Ending, row: UnsafeMutableBufferPointer<E.Scalar>) {
        let progress = slots[i].progress
        finished.append(Finished(
            environment: UInt32(i),
            episode: .init(episodeReturn: Float(progress.episodeReturn), length: progress.length)))
        slots[i].progress.episodeReturn = 0
        slots[i].progress.length = 0
        guard ending == .terminated else {
            slots[i].progress.awaitsReset = 1
            return
        }
        slots[i].progress.episode += 1
        begin(&slots[i], row: row)
    }

    private func begin(_ slot: inout Slot, row: UnsafeMutableBufferPointer<E.Scalar>) {
        var observation = row.mutableSpan
        slot.environment.reset(
            seed: Seed.episode(slot.progress.episode, of: slot.progress.seed), into: &observation)
    }

    package func takeFinishedEpisodes(_ body: (_ environment: Int, _ episode: UnrollHeader.Episode) -> Void) {
        for entry in finished { body(Int(entry.environment), entry.episode) }
        finished.removeAll(keepingCapacity: true)
    }

    package func picture(of environment: Int) -> Picture? { slots[environment].environment.picture }

    private func rows(_ observations: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<E.Scalar> {
        precondition(
            observations.count == count * spec.observation.byteCount,
            "\(observations.count) bytes for \(count) observations of \(spec.observation.byteCount) bytes")
        return observations.bindMemory(to: E.Scalar.self).baseAddress!
    }

    @inline(__always)
    private func row(_ i: Int, of rows: UnsafeMutablePointer<E.Scalar>) -> UnsafeMutableBufferPointer<E.Scalar> {
        UnsafeMutableBufferPointer(start: rows + i * width, count: width)
    }
}
