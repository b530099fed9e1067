/// FrozenLake-v1: cross a frozen lake without falling into a hole; one slips to either side as often as one goes where one wants.
///
/// Gymnasium's maps and rules: actions left, down, right, up; each move goes where it was meant, or to the one or the other side of that,
/// with probability ⅓ each; holes and the goal end the episode, and the goal gives 1. Truncated after 100 steps, on the larger map 200.
public enum FrozenLake {
    static let small = ["SFFF", "FHFH", "FFFH", "HFFG"]
    static let large = ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"]
    private static let circle: [Grid.Direction] = [.left, .down, .right, .up]

    /// 4 × 4 squares.
    public static let smallTask = task(small, timeLimit: 100)
    /// 8 × 8 squares.
    public static let largeTask = task(large, timeLimit: 200)

    static let options: [EnvironmentRegistry.Entry.Option] = [
        .init("map", "Rows of S (start), F (frozen), H (hole) and G (goal): [SFF, FHF, FFG]; default Gymnasium's of 4 × 4."),
        .init("slippery", "Whether one slips; default true."),
        .init("time_limit", "Steps after which an episode is truncated; default 100."),
    ]

    /// The lake that a recipe describes.
    static func task(_ told: EnvironmentOptions) throws(EnvironmentError) -> TabularTask {
        let map = try told.texts("map", default: small)
        let cells = map.joined()
        guard let width = map.first?.count, map.allSatisfy({ $0.count == width }), (2...4096).contains(cells.count) else {
            throw told.invalid("map", "must be rows of the same length, 2 to 4096 places in all")
        }
        guard cells.allSatisfy({ "SFHG".contains($0) }), cells.contains("S") else {
            throw told.invalid("map", "must have an S, and otherwise F, H and G")
        }
        return task(
            map, isSlippery: try told.truth("slippery", default: true),
            timeLimit: try told.integer("time_limit", in: 1...1_000_000, default: 100))
    }

    private static func task(_ map: [String], isSlippery: Bool = true, timeLimit: Int) -> TabularTask {
        let cells = map.flatMap { Array($0) }
        let grid = Grid(rows: map.count, columns: map[0].count)
        let starts = cells.count { $0 == "S" }
        let process = MarkovDecisionProcess(actionCount: 4, start: cells.map { $0 == "S" ? 1 / Double(starts) : 0 }) { state, action in
            guard cells[state] != "H", cells[state] != "G" else { return [.init(1, to: state, reward: 0, terminates: true)] }
            let directions = isSlippery ? Grid.slips(circle, action) : [circle[action]]
            return directions.map { direction in
                let next = grid.neighbor(of: state, direction)
                let isGoal = cells[next] == "G"
                return .init(
                    1 / Double(directions.count), to: next, reward: isGoal ? 1 : 0, terminates: isGoal || cells[next] == "H")
            }
        }
        return TabularTask(process, timeLimit: timeLimit) { state in
            grid.lines { $0 == state ? "@" : cells[$0] == "F" ? "." : cells[$0] }
        }
    }
}
