import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct TrackingTests {
    /// Return and length of an episode, where the camera moves to where it takes the target to be.
    /// - Parameter late: steps that it learns that late; nil: it moves at random.
    private func play(_ seed: UInt64, late: Int?) -> (total: Double, steps: Int) {
        var world = Tracking(.train)
        var row = [UInt8](repeating: 9, count: 1024)
        var observation = row.mutableSpan
        world.reset(seed: seed, into: &observation)
        var random = SeededGenerator(seed: Seed.mix(seed, 3))
        var seen = [world.trueState!]
        var (sum, steps) = (0.0, 0)
        while true {
            let off = seen[max(0, seen.count - 1 - (late ?? 0))]
            let moves: [(Float, Float)] = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
            let distances = moves.map { ($0.0 - off[0]) * ($0.0 - off[0]) + ($0.1 - off[1]) * ($0.1 - off[1]) }
            let action = late == nil ? random.below(5) : distances.indices.min { distances[$0] < distances[$1] }!
            var observation = row.mutableSpan
            let result = world.step(action, into: &observation)
            seen.append(world.trueState!)
            sum += Double(result.reward)
            steps += 1
            guard result.ending == .none else { return (sum, steps) }
        }
    }

    /// What a simulation in another language has: at random −28.7 and 43.8 steps, of who knows where the target is 170.5, two steps late 82.3.
    @Test(arguments: [(nil, -28.7, 43.8), (0, 170.5, 200), (2, 82.3, 200)] as [(Int?, Double, Double)])
    func camerasEarnWhatIsKnown(late: Int?, total: Double, steps: Double) {
        let played = (0..<600 as Range<UInt64>).map { play($0, late: late) }
        let mean = played.reduce(0) { $0 + $1.total } / 600
        let length = played.reduce(0) { $0 + Double($1.steps) } / 600
        #expect(abs(mean - total) < 0.02 * 200 && abs(length - steps) < 3, "\(mean), \(length)")
    }

    /// The target is where it is said to be: brighter than the ground, and filled.
    @Test(arguments: [Tracking.Looks.plain, .train, .test])
    func theTargetIsSeenWhereItIs(looks: Tracking.Looks) {
        var row = [UInt8](repeating: 9, count: 1024)
        for seed in 0..<50 as Range<UInt64> {
            var world = Tracking(looks, hasDistractors: false)
            var observation = row.mutableSpan
            world.reset(seed: seed, into: &observation)
            for _ in 0..<20 {
                let off = world.trueState!
                let (column, line) = (Int((off[0] + 15.5).rounded()), Int((off[1] + 15.5).rounded()))
                if (0..<32).contains(column), (0..<32).contains(line) {
                    let middle = row[line * 32 + column]
                    #expect(middle >= 185 && row.count { $0 >= 185 } <= 49)
                }
                var observation = row.mutableSpan
                _ = world.step(0, into: &observation)
            }
        }
    }

    /// What is seen is of so many steps ago, and what is earned is of now.
    @Test(arguments: 0...4) func whatIsSeenIsLate(latency: Int) {
        var (late, prompt) = (Tracking(.train, latency: latency), Tracking(.train))
        var (a, b) = ([UInt8](repeating: 0, count: 1024), [UInt8](repeating: 0, count: 1024))
        var one = a.mutableSpan
        late.reset(seed: 7, into: &one)
        var other = b.mutableSpan
        prompt.reset(seed: 7, into: &other)
        var seen = [b]
        for step in 1...60 {
            var one = a.mutableSpan
            let left = late.step(step % 5, into: &one)
            var other = b.mutableSpan
            #expect(left == prompt.step(step % 5, into: &other))
            seen.append(b)
            #expect(a == seen[max(0, step - latency)])
        }
    }

    @Test func everyEpisodeLooksItsOwn() {
        var row = [UInt8](repeating: 0, count: 1024)
        var pictures: Set<[UInt8]> = []
        for looks in [Tracking.Looks.train, .test] {
            for seed in 0..<50 as Range<UInt64> {
                var world = Tracking(looks)
                var observation = row.mutableSpan
                world.reset(seed: seed, into: &observation)
                pictures.insert(row)
            }
        }
        #expect(pictures.count == 100)
    }
}
