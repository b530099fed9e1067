import StarlingExperience

/// The episodes of a batch's environments, row by row: which are open and what they have brought, which have ended, and which are to begin.
final class EpisodeBooks {
    /// `[E]`.
    let slots: UnsafeMutableBufferPointer<EpisodeSlot>
    /// `[E]`: 1 where a step is taken; 0 in the row after a truncation or a fault, which only begins an episode.
    let active: UnsafeMutableBufferPointer<UInt8>
    /// Environments of which none is taken.
    private(set) var waiting: Int
    /// What the last step cost, `[E]`; empty where steps have no costs.
    let costs: UnsafeMutableBufferPointer<Float>
    private var finished: [(environment: Int, episode: UnrollHeader.Episode)] = []
    private let measureCount: Int
    private let tellsCost: Bool

    init(_ spec: EnvironmentSpec, count: Int) {
        (measureCount, tellsCost, waiting) = (spec.toldMeasures.count, spec.tellsCost, count)
        slots = .allocate(capacity: count)
        slots.initialize(repeating: EpisodeSlot(awaitsReset: true))
        active = .allocate(capacity: count)
        active.initialize(repeating: 0)
        costs = .allocate(capacity: tellsCost ? count : 0)
        costs.initialize(repeating: 0)
        finished.reserveCapacity(count)
    }

    deinit {
        slots.deallocate()
        active.deallocate()
        costs.deallocate()
    }

    /// Forgets everything: the next row begins the first episode of each of these seeds.
    func open(seeds: [UInt64]) {
        precondition(seeds.count == slots.count, "\(seeds.count) seeds for \(slots.count) environments")
        for i in slots.indices { (slots[i], active[i]) = (EpisodeSlot(seed: seeds[i], awaitsReset: true), 0) }
        waiting = slots.count
        finished.removeAll(keepingCapacity: true)
    }

    /// What an environment's next episode is drawn from.
    func nextSeed(of i: Int) -> UInt64 { Seed.episode(slots[i].nextEpisode, of: slots[i].seed) }

    /// Every episode that was to begin has begun.
    func begin() {
        for i in slots.indices where active[i] == 0 { begun(i) }
    }

    /// Books a row that went well.
    /// - Parameters:
    ///   - kinds: `reset` where an episode has begun that was to.
    ///   - hasOnlySteps: that all are ordinary.
    ///   - beginsAtOnce: whether in the row of a termination the next episode has begun, or is to in the row after it.
    ///   - measures: what an environment told of the episode that ends there.
    @inline(__always)
    func book(
        _ rewards: UnsafeMutableBufferPointer<Float>, _ kinds: UnsafeMutableBufferPointer<UInt8>, hasOnlySteps: Bool = false,
        beginsAtOnce: Bool = true, measures: (_ environment: Int) -> [Float] = { _ in [] }
    ) {
        let (slots, costs) = (slots, costs)
        for i in costs.indices {
            // Who takes no step may have been written to all the same.
            if kinds[i] == StepKind.reset.rawValue { costs[i] = 0 }
            slots[i].episodeCost += Double(costs[i])
        }
        guard !hasOnlySteps else {
            for i in slots.indices { slots[i].add(rewards[i]) }
            return
        }
        for i in slots.indices {
            let kind = kinds[i]
            guard kind != StepKind.reset.rawValue else {
                begun(i)
                continue
            }
            slots[i].add(rewards[i])
            guard kind != StepKind.ordinary.rawValue else { continue }
            ended(i, measures(i), begins: beginsAtOnce && kind == StepKind.terminated.rawValue)
        }
    }

    /// Writes and books the row of a step that failed: open episodes are truncated, and those that were to begin have begun.
    func truncate(_ rewards: UnsafeMutableBufferPointer<Float>, _ kinds: UnsafeMutableBufferPointer<UInt8>) {
        costs.update(repeating: 0)
        for i in slots.indices {
            rewards[i] = 0
            guard active[i] != 0 else {
                kinds[i] = StepKind.reset.rawValue
                begun(i)
                continue
            }
            kinds[i] = StepKind.truncated.rawValue
            slots[i].length += 1
            // Nobody told anything of it.
            ended(i, Array(repeating: .infinity, count: measureCount), begins: false)
        }
    }

    private func begun(_ i: Int) {
        slots[i].nextEpisode += 1
        (active[i], slots[i].awaitsReset) = (1, false)
        waiting -= 1
    }

    @inline(never)
    private func ended(_ i: Int, _ measures: [Float], begins: Bool) {
        finished.append((i, slots[i].ended(measures, tellsCost: tellsCost)))
        if begins {
            slots[i].nextEpisode += 1
        } else {
            (active[i], slots[i].awaitsReset) = (0, true)
            waiting += 1
        }
    }

    func takeFinishedEpisodes(_ body: (_ environment: Int, _ episode: UnrollHeader.Episode) -> Void) {
        for entry in finished { body(entry.environment, entry.episode) }
        finished.removeAll(keepingCapacity: true)
    }

    // MARK: Saved state

    func state(last: UnsafeMutableRawBufferPointer, environments: [UInt8]) -> BatchState {
        BatchState(slots: Array(slots), finished: finished, last: Array(last), environments: environments)
    }

    func restore(_ state: BatchState) {
        (finished, waiting) = (state.finished, 0)
        for (i, slot) in state.slots.enumerated() {
            (slots[i], active[i]) = (slot, slot.awaitsReset ? 0 : 1)
            if slot.awaitsReset { waiting += 1 }
        }
    }
}
