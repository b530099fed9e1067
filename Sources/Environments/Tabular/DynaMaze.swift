/// The maze of Dyna-Q (Sutton 1990; Sutton and Barto 2018, example 8.1): from the start to the goal around three walls.
///
/// 6 × 9 places; actions up, down, right, left; a move into a wall or out of the maze leaves one where one is. Reward 1 at the goal,
/// which ends the episode, else 0; the shortest way has 14 steps.
///
/// The book's episodes have no other end; these are truncated after 10,000 steps, so that a policy that stands still can be evaluated.
public enum DynaMaze {
    private static let map = [".......#G", "..#....#.", "S.#....#.", "..#......", ".....#...", "........."]
    private static let moves: [Grid.Direction] = [.up, .down, .right, .left]

    /// The maze with its walls.
    public static let task: TabularTask = {
        let cells = map.flatMap { Array($0) }
        let grid = Grid(rows: map.count, columns: map[0].count)
        let process = MarkovDecisionProcess(actionCount: moves.count, start: cells.map { $0 == "S" ? 1 : 0 }) { state, action in
            let beside = grid.neighbor(of: state, moves[action])
            let next = cells[beside] == "#" ? state : beside
            return [.init(1, to: next, reward: cells[next] == "G" ? 1 : 0, terminates: cells[next] == "G")]
        }
        return TabularTask(process, timeLimit: 10_000) { state in
            grid.lines { $0 == state ? "@" : cells[$0] == "S" ? "." : cells[$0] }
        }
    }()
}
