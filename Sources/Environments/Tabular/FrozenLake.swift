/// FrozenLake-v1: cross a frozen lake without falling into a hole; one slips to either side as often as one goes where one wants.
///
/// Gymnasium's maps and rules: actions left, down, right, up; each move goes where it was meant, or to the one or the other side of that,
/// with probability ⅓ each; holes and the goal end the episode, and the goal gives 1. Truncated after 100 steps, on the larger map 200.
public enum FrozenLake {
    static let small = ["SFFF", "FHFH", "FFFH", "HFFG"]
    static let large = ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"]
    private static let circle: [Grid.Direction] = [.left, .down, .right, .up]

    public static let smallTask = task(small, timeLimit: 100)
    public static let largeTask = task(large, timeLimit: 200)

    private static func task(_ map: [String], timeLimit: Int) -> TabularTask {
        let cells = map.flatMap { Array($0) }
        let grid = Grid(rows: map.count, columns: map[0].count)
        let process = MarkovDecisionProcess(actionCount: 4, start: cells.map { $0 == "S" ? 1 : 0 }) { state, action in
            guard cells[state] != "H", cells[state] != "G" else { return [.init(1, to: state, reward: 0, terminates: true)] }
            return Grid.slips(circle, action).map { direction in
                let next = grid.neighbor(of: state, direction)
                let isGoal = cells[next] == "G"
                return .init(1.0 / 3, to: next, reward: isGoal ? 1 : 0, terminates: isGoal || cells[next] == "H")
            }
        }
        return TabularTask(process, timeLimit: timeLimit) { state in
            grid.lines { $0 == state ? "@" : cells[$0] == "F" ? "." : cells[$0] }
        }
    }
}
