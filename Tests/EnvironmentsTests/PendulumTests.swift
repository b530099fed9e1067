import Glibc
import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct PendulumTests {
    /// One step from this state; the observation is checked on the way.
    private func step(_ pendulum: inout Pendulum, _ torque: Float) -> StepResult {
        var row = [Float](repeating: .nan, count: 3)
        var observation = row.mutableSpan
        let result = pendulum.step([torque].span, into: &observation)
        let state = pendulum.state
        #expect(row == [Float(cos(state.theta)), Float(sin(state.theta)), Float(state.thetaDot)])
        return result
    }

    /// Computed with Gymnasium in double.
    @Test func equalsGymnasiumsGoldenStep() {
        var pendulum = Pendulum()
        pendulum.state = .init(theta: 1, thetaDot: 0.5)
        #expect(step(&pendulum, 1.5) == StepResult(reward: -1.02725))
        #expect(abs(pendulum.state.theta - 1.0678051619302962) <= 1e-12)
        #expect(abs(pendulum.state.thetaDot - 1.3561032386059226) <= 1e-12)
    }

    /// 10⁴ steps of Gymnasium's, from the same states with the same torques, whole episodes: states to 1e-9, where NumPy's
    /// sines may differ from the C library's in the last bit and the upright pendulum makes it larger.
    @Test func equalsGymnasiumsEpisodes() throws {
        let file = try Fixture.file("pendulum/episodes.safetensors")
        let starts = try file.values("start", of: Double.self)
        let torques = try file.values("action", of: Float.self)
        let rewards = try file.values("reward", of: Double.self)
        let states = try file.values("state", of: Double.self)
        let observations = try file.values("observation", of: Float.self)
        #expect(torques.count == 10_000)
        var (worst, worstReward, fastest) = (0.0, 0.0, 0.0)
        for episode in 0..<starts.count / 2 {
            var pendulum = Pendulum()
            pendulum.state = .init(theta: starts[2 * episode], thetaDot: starts[2 * episode + 1])
            for t in 0..<200 {
                let result = step(&pendulum, torques[episode * 200 + t])
                #expect(result.ending == (t == 199 ? .truncated : .none))
                worstReward = max(worstReward, abs(Double(result.reward) - rewards[episode * 200 + t]))
                fastest = max(fastest, abs(pendulum.state.thetaDot))
                guard t % 5 == 4 else { continue }
                let sample = 2 * (episode * 40 + t / 5)
                worst = max(worst, abs(pendulum.state.theta - states[sample]), abs(pendulum.state.thetaDot - states[sample + 1]))
            }
            #expect(abs(Float(cos(pendulum.state.theta)) - observations[3 * episode]) < 1e-6)
        }
        #expect(worst <= 1e-9, "\(worst)")
        #expect(worstReward <= 1e-6)
        // The limit of the speed was met.
        #expect(fastest == 8)
    }

    @Test func startsAreUniformAndFollowFromTheSeed() {
        let starts = (0..<2000).map { seed in
            var pendulum = Pendulum()
            var row = [Float](repeating: .nan, count: 3)
            var observation = row.mutableSpan
            pendulum.reset(seed: UInt64(seed), into: &observation)
            return pendulum.state
        }
        for (values, bound) in [(starts.map(\.theta), Double.pi), (starts.map(\.thetaDot), 1)] {
            #expect(values.allSatisfy { abs($0) <= bound })
            // Five standard errors of the mean and of the mean square of 2000 uniform numbers.
            #expect(abs(values.reduce(0, +) / 2000) < 0.065 * bound)
            #expect(abs(values.map { $0 * $0 }.reduce(0, +) / 2000 - bound * bound / 3) < 0.034 * bound * bound)
        }
        #expect(Set(starts.map(\.theta)).count == 2000)
    }

    @Test func aSavedBatchGoesOnTheSame() throws {
        func make() throws -> any EnvironmentBatch { try EnvironmentRegistry.Entry("Pendulum-v1") { Pendulum() }.makeBatch(count: 3) }
        let torques: [[Float]] = (0..<450).map { t in
            let steps = [t * 7 % 9, (t * 7 + 3) % 9, (t * 7 + 6) % 9]
            return steps.map { Float($0) / 2 - 2 }
        }
        let original = try make()
        var rows = Rows<Float>(reset: original, seeds: [4, 5, 6])
        for t in 0..<150 { rows.step(original, numbers: torques[t]) }
        let copy = try make()
        try copy.restore(from: try #require(original.savedState()))
        var other = Rows<Float>(first: rows.observations[150])
        for t in 150..<450 {
            rows.step(original, numbers: torques[t])
            other.step(copy, numbers: torques[t])
        }
        #expect(Array(rows.observations[150...]) == other.observations)
        #expect(Array(rows.kinds[150...]) == other.kinds)
        // Truncated after 200 steps, with a row for the final observation.
        #expect(rows.kinds[199] == [.truncated, .truncated, .truncated] && rows.kinds[200] == [.reset, .reset, .reset])
        #expect(rows.rewards[200] == [0, 0, 0])
        #expect(rows.episodes.map(\.episode.length) == Array(repeating: 200, count: 6))
    }

    @Test func drawsItself() throws {
        func lines(_ theta: Double) throws -> [String] {
            var pendulum = Pendulum()
            pendulum.state.theta = theta
            guard case .text(let lines)? = pendulum.picture else { throw Missing() }
            #expect(lines.count == 11 && Set(lines.map(\.count)) == [21])
            return lines
        }
        #expect(try lines(0)[0].contains("@") && lines(.pi)[10].contains("@"))
        // Counter-clockwise, as Gymnasium draws it.
        #expect(try lines(.pi / 2)[5].hasPrefix("@") && lines(-.pi / 2)[5].hasSuffix("@"))
    }

    private struct Missing: Error {}
}
