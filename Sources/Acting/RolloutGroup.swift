import StarlingEnvironments
import StarlingExperience

/// `E` environments that fill one unroll together.
final class RolloutGroup {
    let environments: any EnvironmentBatch
    /// Index within the actor of the first environment.
    let firstEnvironment: Int
    /// Absolute step of the next unroll's row 0.
    var step: UInt64 = 0
    /// What the next unroll begins with: the history of its row 0 and that row, `[F, E, D]`.
    let opening: UnsafeMutableRawBufferPointer
    /// Recurrent states before the next row, `[E, S]`: zero where an episode begins. They outlive a change of parameters.
    let coreStates: UnsafeMutableBufferPointer<Float>
    private let noiseKey: UInt64

    init(_ assignment: Assignment, firstEnvironment: Int, environments: any EnvironmentBatch) {
        self.environments = environments
        self.firstEnvironment = firstEnvironment
        noiseKey = assignment.noiseKey
        let width = assignment.acting.environmentsPerUnroll
        let (depth, size) = (assignment.model.frameStack, width * assignment.environment.observation.byteCount)
        opening = .allocate(byteCount: depth * size, alignment: 64)
        coreStates = .allocate(capacity: width * assignment.model.core.stateCount)
        coreStates.initialize(repeating: 0)
        let seeds = (0..<width).map { assignment.environmentSeed(firstEnvironment + $0) }
        environments.reset(seeds: seeds, into: UnsafeMutableRawBufferPointer(rebasing: opening.suffix(size)))
        FrameStack.repeatNewest(opening, depth: depth)
    }

    deinit {
        opening.deallocate()
        coreStates.deallocate()
    }

    /// Keeps what the next unroll begins with, and returns the numbers that travel beside this one.
    func finishUnroll(_ view: MutableUnrollView, version: ParameterVersion, digest: UInt64, tag: UInt64) -> UnrollHeader {
        let length = view.layout.unrollLength
        view.reading.stack.copyOpening(at: length, to: opening.baseAddress!)
        var header = UnrollHeader(
            sequence: 0, version: version, digest: digest, tag: tag, firstStep: step,
            firstEnvironment: UInt32(firstEnvironment), noiseKey: noiseKey, episodes: [])
        environments.takeFinishedEpisodes { _, episode in header.episodes.append(episode) }
        step &+= UInt64(length)
        return header
    }
}
