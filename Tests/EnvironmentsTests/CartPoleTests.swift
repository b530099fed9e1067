import Glibc
import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct CartPoleTests {
    /// One step of a pole in this state; the observation is checked on the way.
    private func step(_ pole: inout CartPole, _ action: Int) -> StepResult {
        var row = [Float](repeating: .nan, count: 4)
        var observation = row.mutableSpan
        let result = pole.step(action, into: &observation)
        #expect(row == pole.state.numbers.map(Float.init))
        return result
    }

    /// Computed with Gymnasium in double.
    @Test func equalsGymnasiumsGoldenSteps() {
        var pole = CartPole()
        pole.state = .init(x: 0.1, xDot: -0.2, theta: 0.05, thetaDot: 0.3)
        #expect(step(&pole, 1) == StepResult(reward: 1))
        #expect(isEqual(pole.state, [0.096, -0.005625065781779709, 0.056, 0.02349585151852651]))
        #expect(step(&pole, 0) == StepResult(reward: 1))
        #expect(
            isEqual(
                pole.state, [0.09588749868436441, -0.20150353082316982, 0.056469917030370534, 0.33330835948131543]))
    }

    /// 10⁴ steps of Gymnasium's, from the same states with the same actions: every state to 1e-12, every reward and
    /// every end. `Tests/Fixtures/cartpole/make.py` makes them.
    @Test func equalsGymnasiumsEpisodes() throws {
        let file = try Fixture.file("cartpole/episodes.safetensors")
        let starts = try file.values("start", of: Double.self)
        let lengths = try file.values("length", of: Int32.self)
        let endings = try file.values("ending", of: UInt8.self)
        let actions = try file.values("action", of: UInt8.self)
        let rewards = try file.values("reward", of: Float.self)
        let states = try file.values("state", of: Double.self)
        var (step, sample) = (0, 0)
        for (episode, length) in lengths.enumerated() {
            var pole = CartPole()
            pole.state = .init(numbers: starts[episode * 4..<episode * 4 + 4])
            for t in 1...Int(length) {
                let result = self.step(&pole, Int(actions[step]))
                #expect(result.reward == rewards[step])
                #expect(result.ending.rawValue == (t == length ? endings[episode] : 0), "episode \(episode), step \(t)")
                step += 1
                guard t == length || t % 5 == 0 else { continue }
                #expect(isEqual(pole.state, states[sample * 4..<sample * 4 + 4]), "episode \(episode), step \(t)")
                sample += 1
            }
        }
        #expect(step >= 10_000 && step == actions.count && sample * 4 == states.count)
        #expect(Set(endings) == [1, 2])
    }

    @Test func aFallAtTheTimeLimitIsATermination() {
        var pole = CartPole()
        pole.steps = 499
        pole.state = .init(x: 2.39, xDot: 5, theta: 0, thetaDot: 0)
        #expect(step(&pole, 1).ending == .terminated)
        pole.steps = 499
        pole.state = .init(x: 0, xDot: 0, theta: 0, thetaDot: 0)
        #expect(step(&pole, 1).ending == .truncated)
    }

    @Test func polynomialsAreSineAndCosine() {
        for i in -30_000...30_000 {
            let angle = Double(i) / 100_000
            let (sine, cosine) = CartPole.sineAndCosine(angle)
            guard abs(sine - sin(angle)) <= 1e-16, abs(cosine - cos(angle)) <= 2.3e-16 else {
                Issue.record("at \(angle)")
                return
            }
        }
        #expect(CartPole.sineAndCosine(2) == (sin(2), cos(2)))
    }

    @Test func startsAreUniformAndFollowFromTheSeed() {
        let starts = (0..<2000).map { seed in
            var pole = CartPole()
            var row = [Float](repeating: .nan, count: 4)
            var observation = row.mutableSpan
            pole.reset(seed: UInt64(seed), into: &observation)
            return pole.state.numbers
        }
        for axis in 0..<4 {
            let values = starts.map { $0[axis] }
            #expect(values.allSatisfy { abs($0) <= 0.05 })
            // Five standard errors of the mean and of the mean square of 2000 uniform numbers.
            let mean: Double = values.reduce(0, +) / 2000
            let meanSquare: Double = values.map { $0 * $0 }.reduce(0, +) / 2000
            #expect(abs(mean) < 3.3e-3)
            #expect(abs(meanSquare - 8.333e-4) < 8.4e-5)
        }
        #expect(Set(starts.map { $0[0] }).count == 2000)
    }

    @Test func sameSeedsSameEpisodes() throws {
        func play() throws -> Rows<Float> {
            let batch = try EnvironmentRegistry.Entry("CartPole-v1") { CartPole() }.makeBatch(count: 3)
            var rows = Rows<Float>(reset: batch, seeds: [4, 5, 6])
            for t in 0..<300 { rows.step(batch, actions: [Int32(t & 1), Int32(t >> 1 & 1), 1]) }
            return rows
        }
        let (a, b) = (try play(), try play())
        #expect(a.observations == b.observations && a.kinds == b.kinds)
        #expect(a.observations[0][0] != a.observations[0][4])
    }

    @Test func drawsItself() throws {
        var pole = CartPole()
        pole.state = .init(x: -2.4, xDot: 0, theta: 0.2, thetaDot: 0)
        guard case .text(let lines)? = pole.picture else {
            Issue.record("no text")
            return
        }
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines.last?.hasPrefix("###-") == true)
    }

    private func isEqual(_ state: CartPole.State, _ expected: some Collection<Double>) -> Bool {
        zip(state.numbers, expected).allSatisfy { abs($0 - $1) <= 1e-12 }
    }
}

extension CartPole.State {
    var numbers: [Double] { [x, xDot, theta, thetaDot] }

    init(numbers: ArraySlice<Double>) {
        let first = numbers.startIndex
        self.init(
            x: numbers[first], xDot: numbers[first + 1], theta: numbers[first + 2], thetaDot: numbers[first + 3])
    }
}
