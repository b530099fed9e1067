import StarlingEnvironments
import StarlingExperience

/// `E` environments that fill one unroll together.
final class RolloutGroup {
    let environments: any EnvironmentBatch
    /// Index within the actor of the first environment.
    let firstEnvironment: Int
    /// Absolute step of the next unroll's row 0.
    var step: UInt64 = 0
    /// Observations `[E, D]` that the next unroll begins with.
    let observations: UnsafeMutableRawBufferPointer
    private let noiseKey: UInt64

    init(_ assignment: Assignment, firstEnvironment: Int, environments: any EnvironmentBatch) {
        self.environments = environments
        self.firstEnvironment = firstEnvironment
        noiseKey = assignment.noiseKey
        let width = assignment.acting.environmentsPerUnroll
        observations = .allocate(byteCount: width * assignment.environment.observation.byteCount, alignment: 64)
        let seeds = (0 ..< width).map { assignment.environmentSeed(firstEnvironment + $0) }
        environments.reset(seeds: seeds, into: observations)
    }

    deinit { observations.deallocate() }

    /// Keeps what the next unroll begins with, and returns the numbers that travel beside this one.
    func finishUnroll(_ view: MutableUnrollView, version: ParameterVersion, digest: UInt64) -> UnrollHeader {
        let length = view.layout.unrollLength
        observations.copyMemory(from: UnsafeRawBufferPointer(view.observations(at: length)))
        var header = UnrollHeader(
            sequence: 0, version: version, digest: digest, firstStep: step,
            firstEnvironment: UInt32(firstEnvironment), noiseKey: noiseKey, episodes: [])
        environments.takeFinishedEpisodes { _, episode in header.episodes.append(episode) }
        step &+= UInt64(length)
        return header
    }
}
