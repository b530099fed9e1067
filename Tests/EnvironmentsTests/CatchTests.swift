import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct CatchTests {
    private static let size = Catch.rows * Catch.columns

    private func reset(_ game: inout Catch, seed: UInt64) -> [UInt8] {
        var row = [UInt8](repeating: 99, count: Self.size)
        var observation = row.mutableSpan
        game.reset(seed: seed, into: &observation)
        return row
    }

    private func step(_ game: inout Catch, _ action: Int) -> (result: StepResult, observation: [UInt8]) {
        var row = [UInt8](repeating: 99, count: Self.size)
        var observation = row.mutableSpan
        let result = game.step(action, into: &observation)
        return (result, row)
    }

    /// A game whose ball starts in this column, and its first observation.
    private func start(_ column: Int) -> (game: Catch, observation: [UInt8]) {
        for seed in 0..<1000 {
            var game = Catch()
            let observation = reset(&game, seed: UInt64(seed))
            if game.ballColumn == column { return (game, observation) }
        }
        preconditionFailure("no seed begins in column \(column)")
    }

    /// `Tests/Fixtures/catch/make.py` makes them.
    @Test func equalsBsuitesEpisodes() throws {
        let file = try Fixture.file("catch/episodes.safetensors")
        let columns = try file.values("column", of: UInt8.self)
        let actions = try file.values("action", of: UInt8.self)
        let observations = try file.values("observation", of: UInt8.self)
        let rewards = try file.values("reward", of: Float.self)
        let lasts = try file.values("last", of: UInt8.self)
        #expect(Set(columns) == [0, 1, 2, 3, 4] && Set(actions) == [0, 1, 2] && Set(rewards) == [-1, 0, 1])
        #expect(actions.count == columns.count * 9)
        for (episode, column) in columns.enumerated() {
            func expected(_ t: Int) -> [UInt8] {
                Array(observations[(episode * 10 + t) * Self.size..<(episode * 10 + t + 1) * Self.size])
            }
            var (game, first) = start(Int(column))
            #expect(first == expected(0))
            for t in 0..<9 {
                let (result, observation) = step(&game, Int(actions[episode * 9 + t]))
                #expect(observation == expected(t + 1), "episode \(episode), step \(t)")
                #expect(result.reward == rewards[episode * 9 + t])
                #expect(result.ending == (lasts[episode * 9 + t] == 1 ? .terminated : .none))
            }
        }
    }

    /// All 5 · 3⁹ games.
    @Test func randomPlayScoresExactlyMinusThreeFifths() {
        var (games, score) = (0, 0)
        func play(_ game: Catch, moves: Int) {
            for action in 0..<3 {
                var next = game
                let result = step(&next, action).result
                #expect((result.ending == .terminated) == (moves == 8))
                if result.ending == .none {
                    #expect(result.reward == 0)
                    play(next, moves: moves + 1)
                } else {
                    games += 1
                    score += Int(result.reward)
                }
            }
        }
        for column in 0..<5 { play(start(column).game, moves: 0) }
        #expect(games == 5 * 19_683)
        #expect(score * 5 == games * -3)
    }

    @Test(arguments: 0..<5)
    func theBestPlayCatchesEveryBall(column: Int) {
        var (game, observation) = start(column)
        var episodeReturn: Float = 0
        for t in 0..<9 {
            // From the observation alone, as a policy.
            let ball = observation.firstIndex(of: 1)! % Catch.columns
            let paddle = observation.suffix(Catch.columns).firstIndex(of: 1)! % Catch.columns
            let (result, next) = step(&game, 1 + (ball - paddle).signum())
            episodeReturn += result.reward
            observation = next
            #expect((result.ending == .terminated) == (t == 8))
        }
        #expect(episodeReturn == 1)
    }

    @Test func ballsStartUniformly() {
        var counts = [0, 0, 0, 0, 0]
        for seed in 0..<5000 {
            var game = Catch()
            _ = reset(&game, seed: UInt64(seed))
            counts[game.ballColumn] += 1
            #expect(game.ballRow == 0 && game.paddle == 2)
        }
        // Five standard deviations of a binomial count.
        for count in counts { #expect(abs(count - 1000) < 142) }
    }

    @Test func aStateBeyondTheBoardIsRefused() {
        var game = start(3).game
        _ = step(&game, 0)
        let before = game.savedState()
        #expect(before == [1, 3, 1])
        for state: [UInt8] in [[], [1, 3], [1, 3, 1, 0], [10, 3, 1], [1, 5, 1], [1, 3, 5], [255, 255, 255]] {
            let isTaken = game.restore(from: state)
            #expect(!isTaken, "\(state)")
            #expect(game.savedState() == before)
        }
        let isTaken = game.restore(from: [9, 4, 4])
        #expect(isTaken && game.savedState() == [9, 4, 4])
        // An ended game that is stepped all the same stays on the board.
        #expect(step(&game, 2).result == StepResult(reward: 1, ending: .terminated))
    }

    @Test func drawsItself() {
        var game = start(4).game
        #expect(game.picture == .text(["|    o|"] + Array(repeating: "|     |", count: 8) + ["|  =  |"]))
        for _ in 0..<9 { _ = step(&game, 2) }
        #expect(game.picture == .text(Array(repeating: "|     |", count: 9) + ["|    #|"]))
    }
}
