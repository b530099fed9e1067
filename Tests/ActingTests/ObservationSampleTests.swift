import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// What an evaluation offers of the observations that it meets.
@Suite struct ObservationSampleTests {
    private func played(
        _ entry: EnvironmentRegistry.Entry, episodes: Int, frameStack: Int = 1, seed: UInt64 = 1
    ) throws -> ObservationSample {
        let work = try Work(entry, frameStack: frameStack, rule: .greedy)
        let sample = ObservationSample(of: entry.spec.observation.stacked(frameStack), seed: seed)
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: episodes, seed: 3)
        _ = try work.evaluator(EnvironmentRegistry([entry])).evaluate(request, work.snapshot, sample: sample)
        return sample
    }

    /// Every observation of a few episodes, none twice and none of an episode that follows.
    @Test func fewAreTakenAll() throws {
        let sample = try played(Counter.entry(length: 7), episodes: 30)
        #expect(sample.count == 30 * 7)
        var seen = [Float: Int]()
        for step in sample.numbers { seen[step, default: 0] += 1 }
        #expect(seen == Dictionary(uniqueKeysWithValues: (0..<7).map { (Float($0), 30) }))
    }

    /// 60,000 offered: steps of the sample are as those of the episodes.
    @Test func manyAreTakenUniformly() throws {
        let sample = try played(Counter.entry(length: 300), episodes: 200)
        #expect(sample.count == ObservationSample.countLimit)
        let steps = sample.numbers.map(Double.init)
        // Of a uniform distribution over 0 ... 299: mean 149.5 and deviation 86.6; four standard errors.
        let mean = steps.reduce(0, +) / Double(steps.count)
        #expect(abs(mean - 149.5) < 4 * 86.6 / Double(steps.count).squareRoot())
        for tenth in 0..<10 {
            let share = Double(steps.count { Int($0) / 30 == tenth })
            #expect(abs(share - 409.6) < 4 * 19.2, "\(share) of tenth \(tenth)")
        }
    }

    @Test func theSeedDecides() throws {
        let entry = Counter.entry(length: 100)
        let bytes = try [1, 1, 2].map { try played(entry, episodes: 100, seed: $0).numbers }
        #expect(bytes[0] == bytes[1] && bytes[0] != bytes[2])
    }

    /// The newest frame of a stack is drawn from the state beside it.
    @Test func statesBelongToTheirObservations() throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: "CartPole-pixels")
        let sample = try played(entry, episodes: 40, frameStack: 2)
        #expect(sample.count > 100 && sample.stateCount == 4 && sample.states.count == 4 * sample.count)
        let size = CartPoleFrame.byteCount
        let bytes = sample.withObservations { Array($0) }
        let strangers = (0..<sample.count).filter { row in
            let state = sample.states.dropFirst(4 * row).prefix(4).map(Double.init)
            var frame = [UInt8](repeating: 0, count: size)
            var span = frame.mutableSpan
            var pixels = span.mutableBytes
            CartPoleFrame.draw(.init(x: state[0], xDot: state[1], theta: state[2], thetaDot: state[3]), into: &pixels, at: 0)
            let newest = bytes[(2 * row + 1) * size..<(2 * row + 2) * size]
            // The state was rounded.
            return !zip(frame, newest).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
        }
        #expect(strangers.isEmpty)
    }

    @Test func mostTellNoState() throws {
        let sample = try played(Counter.entry(length: 3), episodes: 2)
        #expect(sample.stateCount == 0 && sample.states.isEmpty)
    }
}

extension ObservationSample {
    /// Of Float observations.
    fileprivate var numbers: [Float] { withObservations { Array($0.bindMemory(to: Float.self)) } }
}

/// Shows the number of the step, and ends after so many.
private struct Counter: Environment {
    let length: Int
    var steps = 0

    static func entry(length: Int) -> EnvironmentRegistry.Entry { EnvironmentRegistry.Entry("counter") { Counter(length: length) } }

    var observationShape: [Int] { [1] }
    var action: ActionSpec { .discrete(2) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        steps = 0
        observation[0] = 0
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        steps += 1
        observation[0] = Float(steps)
        return StepResult(reward: 1, ending: steps == length ? .terminated : .none)
    }
}
