import StarlingEnvironments
import Testing

@Suite struct DynaMazeTests {
    /// As the book draws it.
    @Test func theMazeIsTheBooks() throws {
        var task = DynaMaze.task
        var row = [UInt8](repeating: 0, count: 54)
        var observation = row.mutableSpan
        task.reset(seed: 1, into: &observation)
        let picture = Picture.text([".......#G", "..#....#.", "@.#....#.", "..#......", ".....#...", "........."])
        #expect(task.picture == picture && row.firstIndex(of: 1) == 2 * 9)
    }

    /// Steps to the goal by breadth-first search, against V* = 0.95 to the number of steps before the last.
    @Test func theShortestWayHasFourteenSteps() throws {
        let process = DynaMaze.task.process
        let (start, goal) = (2 * 9, 8)
        var steps = [goal: 0]
        var frontier = [goal]
        while !frontier.isEmpty {
            var found: [Int] = []
            for state in 0..<process.stateCount where steps[state] == nil {
                let isBeside = (0..<4).contains { action in process.outcomes(state, action).contains { frontier.contains($0.next) } }
                if isBeside { found.append(state) }
            }
            for state in found { steps[state] = steps[frontier[0]]! + 1 }
            frontier = found
        }
        // Walls can be left and not entered.
        #expect(steps[start] == 14 && steps.count == 54)
        let values = try #require(process.optimalValues(discount: 0.95))
        var power = 1.0
        for _ in 1..<14 { power *= 0.95 }
        #expect(abs(values[start] - power) < 1e-12)
    }

    @Test func wallsAreNotEntered() {
        let process = DynaMaze.task.process
        let walls: Set<Int> = [11, 20, 29, 41, 7, 16, 25]
        for state in 0..<54 where !walls.contains(state) {
            for action in 0..<4 { #expect(process.outcomes(state, action).allSatisfy { !walls.contains($0.next) }) }
        }
        // Beside the start: a wall's column, and the free one between.
        #expect(process.outcomes(19, 2).map(\.next) == [19] && process.outcomes(18, 2).map(\.next) == [19])
    }
}
