import StarlingEnvironments
import StarlingExperience

/// An environment whose episodes end as a script says: `endings[k]` for the k-th step since it was made.
/// Observes (low byte of the episode's seed, steps within the episode); rewards the action.
struct Scripted: Environment {
    static let actions = 3
    let endings: [Ending]
    var clock = 0
    var steps: UInt8 = 0
    var seed: UInt8 = 0

    let observationShape = [2]
    let action = ActionSpec.discrete(Scripted.actions)

    init(_ endings: [Ending]) { self.endings = endings }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        (self.seed, steps) = (UInt8(truncatingIfNeeded: seed), 0)
        write(into: &observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        defer { clock += 1 }
        steps += 1
        write(into: &observation)
        return StepResult(reward: Float(action), ending: clock < endings.count ? endings[clock] : .none)
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        observation[0] = seed
        observation[1] = steps
    }
}

/// Rows of a batch as an unroll would hold them.
struct Rows<Scalar: ObservationScalar> {
    /// `[T+1][E·D]`.
    var observations: [[Scalar]] = []
    /// `[T][E]`.
    var rewards: [[Float]] = []
    /// `[T][E]`.
    var kinds: [[StepKind]] = []
    /// Finished episodes, with their environments, in the order they were handed over.
    var episodes: [(environment: Int, episode: UnrollHeader.Episode)] = []

    init(first: [Scalar]) { observations = [first] }

    /// Resets the batch.
    init(reset batch: any EnvironmentBatch, seeds: [UInt64]) {
        observations = [Self.row(of: batch) { try! batch.reset(seeds: seeds, into: $0) }]
    }

    /// Discrete actions `[E]`.
    mutating func step(_ batch: any EnvironmentBatch, actions: [Int32]) { take(batch, actions) }

    /// Continuous actions `[E, K]`.
    mutating func step(_ batch: any EnvironmentBatch, numbers: [Float]) { take(batch, numbers) }

    private mutating func take(_ batch: any EnvironmentBatch, _ actions: [some BitwiseCopyable]) {
        var rewards = [Float](repeating: .nan, count: batch.count)
        var kinds = [UInt8](repeating: 99, count: batch.count)
        observations.append(
            Self.row(of: batch) { row in
                actions.withUnsafeBufferPointer { actions in
                    rewards.withUnsafeMutableBufferPointer { rewards in
                        kinds.withUnsafeMutableBufferPointer { kinds in
                            // What is compiled into this program throws nothing.
                            try! batch.step(actions: UnsafeRawBufferPointer(actions), into: row, rewards: rewards, kinds: kinds)
                        }
                    }
                }
            })
        self.rewards.append(rewards)
        self.kinds.append(kinds.map { StepKind(rawValue: $0)! })
        batch.takeFinishedEpisodes { episodes.append(($0, $1)) }
    }

    private static func row(
        of batch: any EnvironmentBatch, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [Scalar] {
        let count = batch.count * batch.spec.observation.count
        return [Scalar](unsafeUninitializedCapacity: count) { buffer, written in
            write(UnsafeMutableRawBufferPointer(buffer))
            written = count
        }
    }
}
