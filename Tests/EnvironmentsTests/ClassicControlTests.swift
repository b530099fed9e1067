import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct ClassicControlTests {
    /// One step of an environment, with the observation after it.
    private func step<Task: Environment>(_ task: inout Task, _ action: Int, width: Int) -> (StepResult, [Float])
    where Task.Scalar == Float {
        var row = [Float](repeating: .nan, count: width)
        var observation = row.mutableSpan
        let result = task.step(action, into: &observation)
        return (result, row)
    }

    private func step(_ task: inout MountainCarContinuous, _ action: Float) -> (StepResult, [Float]) {
        var row = [Float](repeating: .nan, count: 2)
        var observation = row.mutableSpan
        let result = task.step([action].span, into: &observation)
        return (result, row)
    }

    /// Computed with Gymnasium in double.
    @Test func equalsGymnasiumsGoldenSteps() {
        var acrobot = Acrobot()
        acrobot.state = [0.1, -0.2, 0.3, -0.4]
        _ = step(&acrobot, 2, width: 6)
        let expected: SIMD4<Double> = [0.1282116312891261, -0.211840321026976, -0.023484731535001357, 0.28679521459777013]
        for index in 0..<4 { #expect(abs(acrobot.state[index] - expected[index]) <= 1e-12) }
        var car = MountainCar()
        car.state = MountainCarState(position: -0.5, velocity: 0)
        let result = step(&car, 2, width: 2).0
        #expect(result == StepResult(reward: -1))
        #expect(abs(car.state.position - -0.49917684300416926) <= 1e-12)
        #expect(abs(car.state.velocity - 0.0008231569958307428) <= 1e-12)
    }

    /// Whole episodes of Gymnasium's, from the same states with the same actions, to their ends.
    private struct Episodes {
        let starts, states: [Double]
        let lengths: [Int32]
        let endings: [UInt8]
        let rewards, observations: [Float]
        let file: SafetensorsFile

        init(_ name: String) throws {
            file = try Fixture.file("classic-control/\(name).safetensors")
            (starts, states) = (try file.values("start", of: Double.self), try file.values("state", of: Double.self))
            lengths = try file.values("length", of: Int32.self)
            endings = try file.values("ending", of: UInt8.self)
            (rewards, observations) = (try file.values("reward", of: Float.self), try file.values("observation", of: Float.self))
            #expect(rewards.count >= 10_000 && Set(endings) == [1, 2])
        }

        /// Plays all of them.
        /// - Returns: the largest difference of an observation or a last state.
        func worst(
            width: Int, begin: (_ start: ArraySlice<Double>) -> Void, step: (Int) -> (StepResult, [Float]), state: () -> [Double]
        ) -> Double {
            let size = starts.count / lengths.count
            var (t, worst) = (0, 0.0)
            for episode in lengths.indices {
                begin(starts[episode * size..<(episode + 1) * size])
                for place in 1...Int(lengths[episode]) {
                    let (result, row) = step(t)
                    let isLast = place == Int(lengths[episode])
                    let expected: Ending = isLast ? (endings[episode] == 1 ? .terminated : .truncated) : .none
                    #expect(result.ending == expected, "episode \(episode), step \(place)")
                    #expect(abs(result.reward - rewards[t]) <= 1e-6)
                    t += 1
                    guard t % 10 == 0 else { continue }
                    for index in 0..<width {
                        worst = max(worst, Double(abs(row[index] - observations[(t / 10 - 1) * width + index])))
                    }
                }
                for (index, value) in state().enumerated() { worst = max(worst, abs(value - states[episode * size + index])) }
            }
            #expect(t == rewards.count)
            return worst
        }
    }

    @Test func acrobotEqualsGymnasiumsEpisodes() throws {
        let episodes = try Episodes("acrobot")
        let actions = try episodes.file.values("action", of: Int32.self)
        var task = Acrobot()
        let worst = episodes.worst(
            width: 6,
            begin: {
                task = Acrobot()
                for (index, value) in $0.enumerated() { task.state[index] = value }
            }, step: { step(&task, Int(actions[$0]), width: 6) }, state: { (0..<4).map { task.state[$0] } })
        // It is chaotic: sines that differ in the last bit grow over 500 steps.
        #expect(worst <= 1e-5, "\(worst)")
    }

    @Test func mountainCarEqualsGymnasiumsEpisodes() throws {
        let episodes = try Episodes("mountain-car")
        let actions = try episodes.file.values("action", of: Int32.self)
        var task = MountainCar()
        let worst = episodes.worst(
            width: 2,
            begin: {
                task = MountainCar()
                task.state = MountainCarState(position: $0.first!, velocity: $0.last!)
            }, step: { step(&task, Int(actions[$0]), width: 2) }, state: { [task.state.position, task.state.velocity] })
        #expect(worst <= 1e-6, "\(worst)")
    }

    @Test func mountainCarContinuousEqualsGymnasiumsEpisodes() throws {
        let episodes = try Episodes("mountain-car-continuous")
        let actions = try episodes.file.values("action", of: Float.self)
        var task = MountainCarContinuous()
        let worst = episodes.worst(
            width: 2,
            begin: {
                task = MountainCarContinuous()
                task.state = MountainCarState(position: $0.first!, velocity: $0.last!)
            }, step: { step(&task, actions[$0]) }, state: { [task.state.position, task.state.velocity] })
        // Gymnasium computes a part of every step in 32 bits.
        #expect(worst <= 1e-4, "\(worst)")
    }

    @Test func startsAreAsGymnasiums() {
        var (row, pair) = ([Float](repeating: .nan, count: 6), [Float](repeating: .nan, count: 2))
        var angles: [Double] = []
        var positions: [Double] = []
        for seed in 0..<2000 as Range<UInt64> {
            var (acrobot, car, continuous) = (Acrobot(), MountainCar(), MountainCarContinuous())
            var observation = row.mutableSpan
            var other = pair.mutableSpan
            acrobot.reset(seed: seed, into: &observation)
            car.reset(seed: seed, into: &other)
            continuous.reset(seed: seed, into: &other)
            #expect(car.state == continuous.state && car.state.velocity == 0)
            angles += (0..<4).map { acrobot.state[$0] }
            positions.append(car.state.position)
        }
        #expect(angles.allSatisfy { abs($0) <= 0.1 } && positions.allSatisfy { (-0.6 ... -0.4).contains($0) })
        // Five standard errors of the mean of so many uniform numbers.
        #expect(abs(angles.reduce(0, +) / 8000) < 0.0033)
        #expect(abs(positions.reduce(0, +) / 2000 + 0.5) < 0.0065)
        #expect(Set(positions).count == 2000)
    }

    @Test func theyDrawThemselves() throws {
        func lines(_ picture: Picture?) throws -> [String] {
            guard case .text(let lines)? = picture else { throw Missing() }
            #expect(Set(lines.map(\.count)).count == 1)
            return lines
        }
        var acrobot = Acrobot()
        #expect(try lines(acrobot.picture).last?.contains("@") == true)
        acrobot.state[0] = .pi
        #expect(try lines(acrobot.picture)[0].contains("@"))
        var car = MountainCar()
        // The valley's bottom is at −π/6.
        car.state = MountainCarState(position: -0.52)
        #expect(try lines(car.picture).dropLast().last?.contains("@") == true)
        car.state = MountainCarState(position: 0.5)
        #expect(try !lines(car.picture).joined().contains("!"), "the car stands on the goal")
        // Wherever it is, the picture has room.
        for angle in stride(from: -3.1, through: 3.1, by: 0.1) {
            acrobot.state = [angle, -2 * angle, 0, 0]
            _ = try lines(acrobot.picture)
            car.state = MountainCarState(position: min(0.6, max(-1.2, angle)))
            _ = try lines(car.picture)
        }
    }

    private struct Missing: Error {}
}
