import StarlingEnvironments
import StarlingExperience

/// `E` environments that fill one unroll together.
final class RolloutGroup {
    let environments: any EnvironmentBatch
    /// The same, where they are stepped elsewhere.
    let concurrent: (any ConcurrentBatch)?
    /// Index within the actor of the first environment.
    let firstEnvironment: Int
    /// Absolute step of the next unroll's row 0.
    var step: UInt64 = 0
    /// What the next unroll begins with: the history of its row 0 and that row, `[F, E, D]`.
    let opening: UnsafeMutableRawBufferPointer
    /// Recurrent states before the next row, `[E, S]`: zero where an episode begins. They outlive a change of parameters.
    let coreStates: UnsafeMutableBufferPointer<Float>
    /// Which actions may be taken in the next row, `[E, A]`; empty where environments don't say.
    let openingMasks: UnsafeMutableBufferPointer<UInt8>

    /// Begins an episode in every environment.
    /// - Parameters:
    ///   - seeds: of the environments.
    ///   - layout: of the unrolls that it fills.
    /// - Throws: `EnvironmentError` when none can begin.
    init(_ environments: any EnvironmentBatch, seeds: [UInt64], firstEnvironment: Int, _ layout: UnrollLayout) throws {
        self.environments = environments
        concurrent = environments as? any ConcurrentBatch
        self.firstEnvironment = firstEnvironment
        let size = layout.observationRowByteCount
        opening = .allocate(byteCount: layout.frameStack * size, alignment: 64)
        coreStates = .allocate(capacity: layout.environmentCount * layout.coreStateCount)
        coreStates.initialize(repeating: 0)
        openingMasks = .allocate(capacity: layout.environmentCount * layout.actionMaskWidth)
        openingMasks.initialize(repeating: 1)
        try environments.reset(seeds: seeds, into: UnsafeMutableRawBufferPointer(rebasing: opening.suffix(size)))
        FrameStack.repeatNewest(opening, depth: layout.frameStack)
        if !openingMasks.isEmpty { try environments.writeActionMasks(into: openingMasks) }
    }

    deinit {
        opening.deallocate()
        coreStates.deallocate()
        openingMasks.deallocate()
    }

    /// Keeps what the next unroll begins with.
    func finish(_ view: MutableUnrollView) {
        let length = view.layout.unrollLength
        view.reading.stack.copyOpening(at: length, to: opening.baseAddress!)
        _ = openingMasks.update(fromContentsOf: view.actionMasks(at: length))
        step &+= UInt64(length)
    }
}
