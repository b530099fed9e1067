/// CliffWalking-v1: walk along a cliff to the goal (Sutton and Barto 2018, example 6.6).
///
/// Gymnasium's rules on a grid of 4 × 12: actions up, right, down, left; from the lower left corner to the lower right one, which ends the
/// episode; −1 for every step, and −100 for one into the cliff between them, which leads back to the start. On slippery ground each move
/// goes where it was meant, or to the one or the other side of that, with probability ⅓ each.
///
/// Gymnasium's episodes have no other end; these are truncated after 1000 steps, so that a policy that stands still can be evaluated.
public enum CliffWalking {
    private static let grid = Grid(rows: 4, columns: 12)
    private static let circle: [Grid.Direction] = [.up, .right, .down, .left]
    private static let (start, goal) = (36, 47)
    private static let cliff = 37..<47

    /// Moves go where they should.
    public static let task = makeTask(isSlippery: false)
    /// Moves go where they should, or to either side, with probability ⅓ each.
    public static let slipperyTask = makeTask(isSlippery: true)

    private static func makeTask(isSlippery: Bool) -> TabularTask {
        let process = MarkovDecisionProcess(actionCount: 4, start: (0..<grid.count).map { $0 == start ? 1 : 0 }) { state, action in
            let directions = isSlippery ? Grid.slips(circle, action) : [circle[action]]
            return directions.map { direction in
                let next = grid.neighbor(of: state, direction)
                guard !cliff.contains(next) else { return .init(1 / Double(directions.count), to: start, reward: -100) }
                return .init(1 / Double(directions.count), to: next, reward: -1, terminates: next == goal)
            }
        }
        return TabularTask(process, timeLimit: 1000) { state in
            grid.lines { $0 == state ? "@" : cliff.contains($0) ? "x" : $0 == goal ? "G" : "." }
        }
    }
}
