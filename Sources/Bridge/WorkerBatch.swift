import CStarlingKernels
import Glibc
import StarlingEnvironments
import StarlingExperience

/// A group of a worker's environments.
final class WorkerBatch: ConcurrentBatch {
    let spec: EnvironmentSpec
    let count: Int
    private let measureCount: Int

    private let host: WorkerHost
    private let group: Int
    private let place: WorkerMemory.Layout.Group
    private let books: EpisodeBooks
    /// The newest good observations, `[E, D]`: a worker that is lost may have begun to write others.
    private let last: UnsafeMutableRawBufferPointer
    /// Which actions may be taken there, `[E, A]`; empty where environments don't say.
    private let lastMasks: UnsafeMutableBufferPointer<UInt8>
    /// The losses of the host that the group has heard of.
    private var losses = 0
    /// Whether the worker was asked for a step whose end is not waited for yet.
    private var isPending = false

    init(_ host: WorkerHost, group: Int) {
        (self.host, self.group) = (host, group)
        spec = host.spec
        measureCount = spec.toldMeasures.count
        count = host.layout.width
        place = host.layout.groups[group]
        books = EpisodeBooks(spec, count: count)
        last = .allocate(byteCount: count * spec.observation.byteCount, alignment: 64)
        last.initializeMemory(as: UInt8.self, repeating: 0)
        lastMasks = .allocate(capacity: spec.masksActions ? count * spec.action.parameterCount : 0)
        lastMasks.initialize(repeating: 1)
    }

    deinit {
        last.deallocate()
        lastMasks.deallocate()
    }

    private var base: UnsafeMutableRawPointer { host.memory.base! }
    private var wants: UnsafeMutablePointer<UInt8> { (base + place.want).assumingMemoryBound(to: UInt8.self) }
    private var kinds: UnsafeMutablePointer<UInt8> { (base + place.kinds).assumingMemoryBound(to: UInt8.self) }
    private var rewards: UnsafeMutablePointer<Float> { (base + place.rewards).assumingMemoryBound(to: Float.self) }
    private var costs: UnsafeMutablePointer<Float> { (base + place.costs).assumingMemoryBound(to: Float.self) }
    private var masks: UnsafeMutablePointer<UInt8> { (base + place.masks).assumingMemoryBound(to: UInt8.self) }
    private var seeds: UnsafeMutablePointer<UInt64> { (base + place.seeds).assumingMemoryBound(to: UInt64.self) }

    func reset(seeds: [UInt64], into observations: UnsafeMutableRawBufferPointer) throws {
        books.open(seeds: seeds)
        losses = host.losses
        try beginEpisodes()
        books.begin()
        observations.copyMemory(from: UnsafeRawBufferPointer(last))
    }

    func begin(actions: UnsafeRawBufferPointer) throws {
        // What a lost worker had open is truncated in this row.
        guard losses == host.losses else { return }
        // Where there is none and that is known, all await their next episode.
        if !host.isUp {
            try host.prepare()
            losses = host.losses
        }
        for i in 0..<count { want(books.active[i] == 0 ? .begin : .step, of: i) }
        UnsafeMutableRawBufferPointer(start: base + place.actions, count: actions.count).copyMemory(from: actions)
        isPending = try host.begin(group)
    }

    func finish(
        into observations: UnsafeMutableRawBufferPointer, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        let isAnswered = try isPending && losses == host.losses && host.finish(group, steps: count) && isGood()
        isPending = false
        if isAnswered {
            take(rewards, kinds)
        } else {
            // Who was to begin an episode begins it, with a new worker.
            if books.waiting > 0 { try beginEpisodes() }
            losses = host.losses
            books.truncate(rewards, kinds)
        }
        observations.copyMemory(from: UnsafeRawBufferPointer(last))
    }

    func writeActionMasks(into masks: UnsafeMutableBufferPointer<UInt8>) { _ = masks.update(fromContentsOf: lastMasks) }

    func writeCosts(into costs: UnsafeMutableBufferPointer<Float>) { _ = costs.update(fromContentsOf: books.costs) }

    func takeFinishedEpisodes(_ body: (_ environment: Int, _ episode: UnrollHeader.Episode) -> Void) {
        books.takeFinishedEpisodes(body)
    }

    /// What lies in Python can't be saved.
    func savedState() -> [UInt8]? {
        guard !isPending, losses == host.losses, let own = host.savedState(of: group) else { return nil }
        return books.state(last: last, environments: own).bytes
    }

    func restore(from bytes: [UInt8]) throws {
        guard host.savesState else {
            throw EnvironmentError(.badState, "Environments of Python have no saved state: episodes begin anew.")
        }
        let state = try BatchState(bytes, of: spec, count: count)
        // Whose masks are wanted.
        for i in 0..<count { wants[i] = (state.slots[i].awaitsReset ? WorkerMemory.Want.begin : .step).rawValue }
        if let why = try host.restore(state.environments, group: group) {
            throw BatchState.refusal(spec, count, "the library says: \(why)")
        }
        books.restore(state)
        losses = host.losses
        last.copyBytes(from: state.last)
        _ = lastMasks.update(fromContentsOf: UnsafeBufferPointer(start: masks, count: lastMasks.count))
    }

    func picture(of environment: Int) -> Picture? { host.picture(group, environment) }

    // MARK: -

    private func want(_ want: WorkerMemory.Want, of i: Int) {
        wants[i] = want.rawValue
        seeds[i] = books.nextSeed(of: i)
    }

    /// Takes over what a step gave.
    private func take(_ rewards: UnsafeMutableBufferPointer<Float>, _ kinds: UnsafeMutableBufferPointer<UInt8>) {
        last.copyMemory(from: UnsafeRawBufferPointer(start: base + place.observations, count: last.count))
        _ = lastMasks.update(fromContentsOf: UnsafeBufferPointer(start: masks, count: lastMasks.count))
        _ = books.costs.update(fromContentsOf: UnsafeBufferPointer(start: costs, count: books.costs.count))
        _ = rewards.update(fromContentsOf: UnsafeBufferPointer(start: self.rewards, count: count))
        _ = kinds.update(fromContentsOf: UnsafeBufferPointer(start: self.kinds, count: count))
        // One by one they begin within the step that terminates; together in the next.
        books.book(rewards, kinds, beginsAtOnce: !host.isTogether, measures: told)
    }

    private func told(of i: Int) -> [Float] {
        let first = (base + place.measures).assumingMemoryBound(to: Float.self) + i * measureCount
        return (0..<measureCount).map { first[$0].isFinite ? first[$0] : .infinity }
    }

    /// Begins an episode of each that awaits one, and leaves the others where they are, with as many workers as that takes.
    private func beginEpisodes() throws {
        while true {
            for i in 0..<count { want(books.active[i] == 0 ? .begin : .nothing, of: i) }
            try host.prepare()
            if try host.begin(group), try host.finish(group, steps: 0), try isGood() { break }
        }
        losses = host.losses
        let width = spec.observation.byteCount
        let maskWidth = lastMasks.count / count
        for i in 0..<count where books.active[i] == 0 {
            (last.baseAddress! + i * width).copyMemory(from: base + place.observations + i * width, byteCount: width)
            let own = i * maskWidth..<(i + 1) * maskWidth
            for number in own { lastMasks[number] = masks[number] }
        }
    }

    /// Whether all numbers of a step are what they may be; where not, the worker is lost.
    private func isGood() throws -> Bool {
        let observations = base + place.observations
        for i in 0..<count where wants[i] != WorkerMemory.Want.nothing.rawValue {
            let limit = spec.rewardLimit
            guard rewards[i].magnitude <= limit else {
                try host.lose(.reward(rewards[i], of: i, limit: limit))
                return false
            }
            guard !spec.tellsCost || wants[i] != WorkerMemory.Want.step.rawValue || costs[i].magnitude <= limit else {
                try host.lose(.cost(costs[i], of: i, limit: limit))
                return false
            }
            let count = spec.observation.floatCount
            guard count > 0 else { continue }
            let row = (observations + i * spec.observation.byteCount).assumingMemoryBound(to: Float.self)
            guard starling_all_within(row, count, -spec.observationLimit, spec.observationLimit) == 0 else { continue }
            let index = (0..<count).first { !(row[$0].magnitude <= spec.observationLimit) } ?? 0
            try host.lose(.observation(row[index], at: index, of: i, limit: spec.observationLimit))
            return false
        }
        return true
    }
}
