import StarlingExperience

/// A batch of one type of environment.
final class TypedBatch<E: EnvironmentCore>: EnvironmentBatch {
    let spec: EnvironmentSpec
    var count: Int { loop.slots.count }

    let loop: BatchLoop<E>
    private let stepAll: BatchLoop<E>.Step
    /// Bytes behind the parts of an observation, which no environment writes.
    private let padding: Int

    /// - Parameters:
    ///   - options: what each is told.
    ///   - make: called `count` times.
    ///   - stepper: `BatchLoop.step`, compiled where `E` is known.
    /// - Throws: what `make` threw; `EnvironmentError` with what an environment's `prepare` threw.
    init(
        name: String, options: EnvironmentOptions, count: Int, make: (EnvironmentOptions) throws -> E,
        stepper: (BatchLoop<E>) -> BatchLoop<E>.Step
    ) throws {
        precondition(count > 0, "a batch needs at least one environment, not \(count)")
        let environments = try (0..<count).map { _ in
            var environment = try make(options)
            do { try environment.prepare() } catch {
                throw EnvironmentError(.unusable, "Environment '\(name)' can't be used here: \(error)")
            }
            return environment
        }
        let slots = UnsafeMutableBufferPointer<BatchSlot<E>>.allocate(capacity: count)
        for (i, environment) in environments.enumerated() { slots.initializeElement(at: i, to: BatchSlot(environment: environment)) }
        spec = EnvironmentSpec(name: name, of: slots[0].environment, options: options)
        let parts = spec.action.parts
        let actionCounts = UnsafeMutableBufferPointer<Int32>.allocate(capacity: parts.count)
        _ = actionCounts.initialize(fromContentsOf: parts.map { Int32($0) })
        let costs = UnsafeMutableBufferPointer<EpisodeCost>.allocate(capacity: spec.tellsCost ? count : 0)
        costs.initialize(repeating: EpisodeCost())
        loop = BatchLoop(
            slots: slots, finished: FinishedEpisodes(), width: spec.observation.byteCount / MemoryLayout<E.Scalar>.size,
            actionCounts: actionCounts,
            actionWidth: spec.action.width, costs: costs)
        stepAll = stepper(loop)
        padding = spec.observation.parts.isEmpty ? 0 : spec.observation.byteCount - spec.observation.parts.reduce(0) { $0 + $1.byteCount }
        loop.finished.entries.reserveCapacity(count)
    }

    deinit {
        loop.slots.deinitialize()
        loop.slots.deallocate()
        loop.actionCounts.deallocate()
        loop.costs.deallocate()
    }

    func reset(seeds: [UInt64], into observations: UnsafeMutableRawBufferPointer) {
        precondition(seeds.count == count, "\(seeds.count) seeds for \(count) environments")
        loop.finished.entries.removeAll(keepingCapacity: true)
        loop.reset(seeds: seeds, rows: rows(observations))
    }

    func step(
        actions: UnsafeRawBufferPointer, into observations: UnsafeMutableRawBufferPointer,
        rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(
            actions.count == 4 * count * loop.actionWidth && rewards.count == count && kinds.count == count,
            "\(actions.count) bytes of actions, \(rewards.count) rewards, \(kinds.count) kinds for \(count) environments")
        stepAll(actions.baseAddress!, rows(observations), rewards, kinds)
    }

    func writeCosts(into costs: UnsafeMutableBufferPointer<Float>) { for i in loop.costs.indices { costs[i] = loop.costs[i].last } }

    func takeFinishedEpisodes(_ body: (_ environment: Int, _ episode: UnrollHeader.Episode) -> Void) {
        for entry in loop.finished.entries { body(entry.environment, entry.episode) }
        loop.finished.entries.removeAll(keepingCapacity: true)
    }

    func picture(of environment: Int) -> Picture? { loop.slots[environment].environment.picture }

    func trueState(of environment: Int) -> [Float]? { loop.slots[environment].environment.trueState }

    private func rows(_ observations: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<E.Scalar> {
        precondition(
            observations.count == count * spec.observation.byteCount,
            "\(observations.count) bytes for \(count) observations of \(spec.observation.byteCount) bytes")
        for row in 1...count where padding > 0 {
            let end = observations.baseAddress! + row * spec.observation.byteCount
            (end - padding).initializeMemory(as: UInt8.self, repeating: 0, count: padding)
        }
        return observations.bindMemory(to: E.Scalar.self).baseAddress!
    }
}
