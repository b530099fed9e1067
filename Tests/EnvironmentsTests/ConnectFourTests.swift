import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct ConnectFourTests {
    private func reset<Game: Environment>(_ game: inout Game, seed: UInt64 = 0) -> [UInt8] where Game.Scalar == UInt8 {
        var row = [UInt8](repeating: 99, count: 40)
        var observation = row.mutableSpan
        game.reset(seed: seed, into: &observation)
        return row
    }

    private func step<Game: Environment>(
        _ game: inout Game, _ action: Int
    ) -> (result: StepResult, observation: [UInt8]) where Game.Scalar == UInt8 {
        var row = [UInt8](repeating: 99, count: 40)
        var observation = row.mutableSpan
        let result = game.step(action, into: &observation)
        return (result, row)
    }

    /// The results of a game's moves.
    private func play(_ moves: [Int]) -> [StepResult] {
        var game = ConnectFour()
        _ = reset(&game)
        return moves.map { step(&game, $0).result }
    }

    @Test(
        "Four in a row win in every direction, and three don't",
        arguments: [
            [0, 0, 1, 1, 2, 2, 3], [1, 1, 2, 2, 3, 3, 4], [0, 1, 0, 1, 0, 1, 0], [2, 4, 2, 4, 2, 4, 2],
            [0, 1, 1, 2, 2, 3, 2, 3, 3, 0, 3], [4, 3, 3, 2, 2, 1, 2, 1, 1, 4, 1],
        ])
    func linesWin(moves: [Int]) {
        let results = play(moves)
        #expect(results.dropLast().allSatisfy { $0 == StepResult(reward: 0) })
        #expect(results.last == StepResult(reward: 1, ending: .terminated))
    }

    @Test func aFullColumnLosesAndAFullBoardIsADraw() {
        #expect(play([0, 0, 0, 0, 0]).last == StepResult(reward: -1, ending: .terminated))
        let draw = play([0, 0, 0, 0, 1, 1, 1, 1, 3, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4])
        #expect(draw.dropLast().allSatisfy { $0 == StepResult(reward: 0) })
        #expect(draw.last == StepResult(reward: 0, ending: .terminated))
    }

    /// The planes change places with whose turn it is.
    @Test func anObservationIsShownToWhoIsToMove() {
        var game = ConnectFour()
        #expect(reset(&game) == Array(repeating: 0, count: 40))
        func planes(_ own: [Int], _ other: [Int]) -> [UInt8] {
            (0..<40).map { own.contains($0) || other.contains($0 - 20) ? 1 : 0 }
        }
        // Columns from the left, rows from the top: the lowest row has 15 to 19.
        #expect(step(&game, 2).observation == planes([], [17]))
        #expect(step(&game, 2).observation == planes([17], [12]))
        #expect(step(&game, 4).observation == planes([12], [17, 19]))
        #expect(game.picture == .text(["|     |", "|     |", "|  o  |", "|  x x|"]))
    }

    @Test func onlyPlayAgainstOneselfIsInTurn() throws {
        for entry in EnvironmentRegistry.builtIn.entries {
            #expect(entry.spec.playersAlternate == ["ConnectFour-v0", "ConnectFour-v0/openings"].contains(entry.name), "\(entry.name)")
            guard entry.name.hasPrefix("ConnectFour") else { continue }
            let own = try EnvironmentRegistry.builtIn.entry(named: "ConnectFour-v0").spec
            #expect(entry.spec.observation == own.observation && entry.spec.action == own.action)
        }
        let distracted = EnvironmentRegistry.Entry("noisy") { Distracted(ConnectFour(), planes: 1, levels: 2) }
        #expect(distracted.spec.playersAlternate)
    }

    @Test func randomGamesEndAndGoOnFromWhatWasSaved() throws {
        try checkRandomGames(ConnectFour())
        try checkRandomGames(ConnectFour(openingLimit: 14))
        try checkRandomGames(ConnectFourMatch(against: .random))
        try checkRandomGames(ConnectFourMatch(against: .solver))
        try checkRandomGames(ConnectFourMatch(against: .solver, from: .won))
        try checkRandomGames(ConnectFourPuzzles())
    }

    private func checkRandomGames<Game: Environment>(_ made: Game) throws where Game.Scalar == UInt8 {
        var random = SeededGenerator(seed: 5)
        for number in 0..<60 {
            var game = made
            var observation = reset(&game, seed: UInt64(number))
            var result = StepResult(reward: 0)
            var steps = 0
            while result.ending == .none {
                let stones = observation.reduce(0) { $0 + Int($1) }
                #expect(observation.allSatisfy { $0 <= 1 } && stones < 20)
                let state = try #require(game.savedState())
                let action = random.below(5)
                (result, observation) = step(&game, action)
                var other = game
                _ = reset(&other, seed: 999)
                let isTaken = other.restore(from: state)
                #expect(isTaken)
                let again = step(&other, action)
                #expect(again.result == result && again.observation == observation)
                steps += 1
            }
            #expect(steps <= 20 && (-1...1).contains(result.reward))
        }
    }

    @Test func aStateThatNoGameHasIsRefused() throws {
        var game = ConnectFour()
        _ = reset(&game)
        for action in [2, 2, 4] { _ = step(&game, action) }
        let state = try #require(game.savedState())
        func refuses(_ change: (inout [UInt8]) -> Void) -> Bool {
            var (bytes, copy) = (state, game)
            change(&bytes)
            return !copy.restore(from: bytes) && copy.savedState() == state
        }
        #expect(refuses { $0.removeLast() } && refuses { $0.append(0) } && refuses { $0 = [] })
        // In the air; beyond the board; a stone that isn't there; two more of one; on top of a column.
        #expect(refuses { $0[8] |= 2 } && refuses { $0[12] = 0x80 } && refuses { $0[3] = 0x10 } && refuses { $0[8] |= 0x21 })
        #expect(refuses { $0[8] = 0x1F })
        let isTaken = game.restore(from: state)
        #expect(isTaken && game.savedState() == state)
        // Four in a line: the game is over.
        let over = ConnectFourBoard(columns: 5, rows: 4, own: 0, stones: 0)
        #expect(over != nil)
        #expect(ConnectFourBoard(columns: 5, rows: 4, own: 0x42108 >> 3, stones: 0x42108 >> 3 | 0x42108 >> 2) == nil)
        var puzzle = ConnectFourPuzzles()
        for state: [UInt8] in [[], [1], [0xE8, 3], [0, 0, 0]] {
            let isTaken = puzzle.restore(from: state)
            #expect(!isTaken)
        }
    }

    /// As many stones as not, of both players in turn, and all of them seen.
    @Test func openingsAreRandom() {
        var (counts, seen) = ([Int](repeating: 0, count: 11), Set<[UInt8]>())
        for seed in 0..<2200 {
            var game = ConnectFour(openingLimit: 10)
            let observation = reset(&game, seed: UInt64(seed))
            let (own, other) = (observation[..<20].reduce(0, +), observation[20...].reduce(0, +))
            #expect(other == own || other == own + 1)
            counts[Int(own + other)] += 1
            seen.insert(observation)
        }
        // Of a game that ends another follows: long ones are a few less.
        #expect(counts.allSatisfy { (130...280).contains($0) }, "\(counts)")
        #expect(seen.count > 1200)
    }

    /// What the solver plays, by what it sees.
    private func answer(_ observation: [UInt8]) throws -> [Int] {
        let cells = (0..<20).map { observation[$0] + 2 * observation[20 + $0] }
        let board = try #require(ConnectFourSolverTests.board(cells[...]))
        return ConnectFourSolver.ask { $0.optimalMoves(board) }
    }

    private func score<Game: Environment>(
        _ game: Game, episodes: Int, _ choose: ([UInt8], inout SeededGenerator) throws -> Int
    ) throws -> Float where Game.Scalar == UInt8 {
        var (game, random, sum) = (game, SeededGenerator(seed: 17), Float(0))
        for episode in 0..<episodes {
            var observation = reset(&game, seed: UInt64(episode))
            var result = StepResult(reward: 0)
            while result.ending == .none { (result, observation) = step(&game, try choose(observation, &random)) }
            sum += result.reward
        }
        return sum / Float(episodes)
    }

    /// Whoever keeps the game's value draws against the solver, wins what is won and solves every puzzle; who plays at random doesn't.
    @Test func theOpponentIsPerfect() throws {
        func best(_ observation: [UInt8], _ random: inout SeededGenerator) throws -> Int {
            let moves = try answer(observation)
            return moves[random.below(moves.count)]
        }
        func any(_ observation: [UInt8], _ random: inout SeededGenerator) -> Int {
            let free = (0..<5).filter { observation[$0] == 0 && observation[20 + $0] == 0 }
            return free[random.below(free.count)]
        }
        #expect(try score(ConnectFourMatch(against: .solver), episodes: 100, best) == 0)
        #expect(try score(ConnectFourMatch(against: .solver, from: .won), episodes: 200, best) == 1)
        #expect(try score(ConnectFourPuzzles(), episodes: 300, best) == 1)
        #expect(try score(ConnectFourMatch(against: .random), episodes: 100, best) > 0.5)
        #expect(try score(ConnectFourMatch(against: .solver), episodes: 300, any) < -0.8)
        #expect(try score(ConnectFourMatch(against: .solver, from: .won), episodes: 300, any) < 0.5)
        #expect(try (0.2...0.6).contains(score(ConnectFourPuzzles(), episodes: 1000, any)))
    }
}
