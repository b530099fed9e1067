import CStarlingKernels
import StarlingEnvironments
import StarlingExperience

/// A library's environments, stepped by the thread that asks.
final class LibraryBatch: EnvironmentBatch {
    let spec: EnvironmentSpec
    let count: Int

    /// Of the spec, for every row.
    let floatCount: Int
    /// Bytes behind the parts of an observation, which are 0.
    let padding: Int
    let rewardLimit: Float
    let observationLimit: Float
    private let actionByteCount: Int

    let library: EnvironmentLibrary
    let options: LibraryOptions.Told
    /// Nil from a fault on to the next row.
    var environments: LibraryEnvironments?
    var patience: FaultPatience
    /// Since the last fault.
    private var goodRows = 0

    let books: EpisodeBooks
    /// `[E]`: whose episodes begin within a row, and with which seeds.
    let beginning: UnsafeMutableBufferPointer<UInt8>
    let seeds: UnsafeMutableBufferPointer<UInt64>
    /// The newest good observations, `[E, D]`: after a fault they are an episode's last.
    let last: UnsafeMutableRawBufferPointer
    /// Which actions the next step may take, `[E, A]`, and of whom it is asked, `[E]`; empty where the library tells none.
    let masks: UnsafeMutableBufferPointer<UInt8>
    let asked: UnsafeMutableBufferPointer<UInt8>

    /// - Throws: `EnvironmentError` when the library makes none.
    init(_ spec: EnvironmentSpec, count: Int, _ library: EnvironmentLibrary, _ options: LibraryOptions.Told, _ bearing: FaultBearing) throws
    {
        precondition(count > 0, "a batch needs at least one environment, not \(count)")
        (self.spec, self.count, self.library, self.options) = (spec, count, library, options)
        floatCount = spec.observation.floatCount
        let parts = spec.observation.parts
        padding = parts.isEmpty ? 0 : spec.observation.byteCount - parts.reduce(0) { $0 + $1.byteCount }
        (rewardLimit, observationLimit, actionByteCount) = (spec.rewardLimit, spec.observationLimit, 4 * count * spec.action.width)
        patience = FaultPatience(title: spec.title, "others go on", bearing)
        books = EpisodeBooks(spec, count: count)
        beginning = .allocate(capacity: count)
        beginning.initialize(repeating: 0)
        seeds = .allocate(capacity: count)
        seeds.initialize(repeating: 0)
        last = .allocate(byteCount: count * spec.observation.byteCount, alignment: 64)
        last.initializeMemory(as: UInt8.self, repeating: 0)
        masks = .allocate(capacity: spec.masksActions ? count * spec.action.parameterCount : 0)
        masks.initialize(repeating: 1)
        asked = .allocate(capacity: spec.masksActions ? count : 0)
        asked.initialize(repeating: 1)
        do throws(WorkerFault) { environments = try LibraryEnvironments(library, options, count: count) } catch {
            throw WorkerHost.error(error, spec.title)
        }
    }

    deinit {
        beginning.deallocate()
        seeds.deallocate()
        last.deallocate()
        masks.deallocate()
        asked.deallocate()
    }

    func reset(seeds: [UInt64], into observations: UnsafeMutableRawBufferPointer) throws {
        books.open(seeds: seeds)
        do throws(WorkerFault) {
            if environments == nil { environments = try LibraryEnvironments(library, options, count: count) }
            try begin(observations)
            try tellMasks(after: nil)
        } catch {
            throw WorkerHost.error(error, spec.title)
        }
        books.begin()
        last.copyMemory(from: UnsafeRawBufferPointer(observations))
    }

    func step(
        actions: UnsafeRawBufferPointer, into observations: UnsafeMutableRawBufferPointer,
        rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        precondition(
            actions.count == actionByteCount && observations.count == last.count && rewards.count == count
                && kinds.count == count,
            "\(actions.count) bytes of actions, \(rewards.count) rewards, \(kinds.count) kinds for \(count) environments")
        do throws(WorkerFault) {
            if environments == nil { try renew() }
            try advance(actions.baseAddress!, observations, rewards, kinds)
            goodRows &+= 1
            last.copyMemory(from: UnsafeRawBufferPointer(observations))
        } catch {
            environments = nil
            patience.note(goodSteps: goodRows &* count)
            goodRows = 0
            try patience.bear(error)
            try truncate(observations, rewards, kinds)
        }
    }

    func writeActionMasks(into masks: UnsafeMutableBufferPointer<UInt8>) { _ = masks.update(fromContentsOf: self.masks) }

    func writeCosts(into costs: UnsafeMutableBufferPointer<Float>) { _ = costs.update(fromContentsOf: books.costs) }

    func takeFinishedEpisodes(_ body: (_ environment: Int, _ episode: UnrollHeader.Episode) -> Void) {
        books.takeFinishedEpisodes(body)
    }

    func picture(of environment: Int) -> Picture? { environments?.picture(of: environment) }

    func savedState() -> [UInt8]? {
        guard let own = environments?.savedState() else { return nil }
        return books.state(last: last, environments: own).bytes
    }

    func restore(from bytes: [UInt8]) throws {
        guard let environments else { throw EnvironmentError(.broken, "Environment '\(spec.title)' has failed: reset it first") }
        let state = try BatchState(bytes, of: spec, count: count)
        if let why = environments.restore(state.environments) { throw BatchState.refusal(spec, count, "the library says: \(why)") }
        last.copyBytes(from: state.last)
        books.restore(state)
        do throws(WorkerFault) {
            if !masks.isEmpty { try environments.writeMasks(of: UnsafePointer(books.active.baseAddress!), into: masks, spec.action) }
        } catch {
            throw BatchState.refusal(spec, count, error.line)
        }
    }
}
