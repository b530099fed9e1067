import CStarlingEnvironment
import StarlingEnvironments
import StarlingExperience

/// A library's batch, which ends with this.
final class LibraryEnvironments {
    private let table: starling_env_api
    private let batch: OpaquePointer

    init(_ library: EnvironmentLibrary, _ options: LibraryOptions.Told, count: Int) throws(WorkerFault) {
        table = library.table
        var made: OpaquePointer?
        if let why = EnvironmentLibrary.text(table.create(options.json, UInt32(count), &made)) { throw .refused(why) }
        guard let made else { throw .refused("\(library.path): create() gave no batch") }
        batch = made
    }

    deinit { table.destroy(batch) }

    /// - Parameters:
    ///   - active: `[E]`, 1 where an episode begins.
    ///   - seeds: `[E]`.
    ///   - observations: `[E, D]`.
    @inline(__always)
    func reset(
        _ active: UnsafePointer<UInt8>, seeds: UnsafePointer<UInt64>, into observations: UnsafeMutableRawPointer
    ) throws(WorkerFault) {
        if let why = table.reset(batch, active, seeds, observations) { throw Self.fault("a reset", why) }
    }

    /// - Parameters:
    ///   - active: `[E]`, 1 where a step is taken.
    ///   - actions: `[E]` Int32, `[E, P]` of several parts, or `[E, K]` Float.
    ///   - observations: `[E, D]`.
    ///   - rewards: `[E]`.
    ///   - endings: `[E]`, raw values of `Ending`.
    @inline(__always)
    func step(
        _ active: UnsafePointer<UInt8>, actions: UnsafeRawPointer, into observations: UnsafeMutableRawPointer,
        rewards: UnsafeMutablePointer<Float>, endings: UnsafeMutablePointer<UInt8>
    ) throws(WorkerFault) {
        if let why = table.step(batch, active, actions, observations, rewards, endings) { throw Self.fault("a step", why) }
    }

    /// Writes which actions the next step may take, and sees to it that something is left.
    /// - Parameters:
    ///   - active: `[E]`, 1 where a step comes next; of the others all may be taken, which nobody asks about.
    ///   - masks: `[E, A]`, to be 1 or 0.
    ///   - action: what the masks are of.
    func writeMasks(
        of active: UnsafePointer<UInt8>, into masks: UnsafeMutableBufferPointer<UInt8>, _ action: ActionSpec
    ) throws(WorkerFault) {
        guard let tell = table.masks else { return }
        masks.update(repeating: 1)
        if let why = tell(batch, active, masks.baseAddress!) { throw Self.fault("telling masks", why) }
        let (counts, width) = (action.parts, action.parameterCount)
        for i in 0..<masks.count / width where active[i] != 0 {
            var first = i * width
            for (part, count) in counts.enumerated() {
                var isLeft = false
                for place in first..<first + count where masks[place] != 0 { (masks[place], isLeft) = (1, true) }
                first += count
                guard isLeft else {
                    let what = counts.count == 1 ? "no action" : "nothing for part \(part) of an action"
                    throw .invalid("environment \(i) allows \(what), and an episode must end with the step before")
                }
            }
        }
    }

    /// Writes what the step just taken cost.
    /// - Parameters:
    ///   - active: `[E]`, 1 where it was taken; of the others nothing is written.
    ///   - costs: `[E]`.
    func writeCosts(of active: UnsafePointer<UInt8>, into costs: UnsafeMutablePointer<Float>) throws(WorkerFault) {
        guard let tell = table.costs else { return }
        if let why = tell(batch, active, costs) { throw Self.fault("telling costs", why) }
    }

    @inline(never)
    private static func fault(_ what: String, _ why: UnsafePointer<CChar>) -> WorkerFault {
        .failed("\(what) failed: \(EnvironmentLibrary.text(why) ?? "")")
    }

    /// All that the coming steps depend on; nil when it can't tell.
    func savedState() -> [UInt8]? {
        guard let save = table.save, table.restore != nil else { return nil }
        var size = save(batch, nil, 0)
        // It may have become longer meanwhile, but not for ever.
        for _ in 0..<4 where size > 0 {
            var bytes = [UInt8](repeating: 0, count: size)
            let written = save(batch, &bytes, size)
            if written <= size { return written > 0 ? Array(bytes[..<written]) : nil }
            size = written
        }
        return nil
    }

    /// - Returns: why these bytes are no such state; nil when it is in it.
    func restore(_ state: [UInt8]) -> String? {
        guard let restore = table.restore else { return "it has no restore()" }
        return EnvironmentLibrary.text(restore(batch, state, state.count))
    }

    func picture(of environment: Int) -> Picture? {
        guard let draw = table.picture else { return nil }
        var (width, height): (UInt32, UInt32) = (0, 0)
        guard draw(batch, UInt32(environment), nil, &width, &height) != 0, (1...16_384).contains(width), (1...16_384).contains(height)
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 3 * Int(width) * Int(height))
        guard draw(batch, UInt32(environment), &bytes, &width, &height) != 0, bytes.count == 3 * Int(width) * Int(height) else {
            return nil
        }
        return .pixels(width: Int(width), height: Int(height), rgb: bytes)
    }
}
