/// Taxi-v4: fetch a passenger and bring them where they want to go, in a town of 5 × 5 places with walls (Dietterich 2000).
///
/// Gymnasium's rules: actions south, north, east, west, pick up, drop off; −1 for every step, −10 instead for picking up or dropping off
/// where that can't be, +20 for a passenger who arrives, which ends the episode. A passenger may be dropped off at any of the four stands.
/// Starts are uniform over places, stands and other stands. Truncated after 200 steps.
///
/// States count 4 destinations, within 5 places of the passenger (the stands, and 4: in the taxi), within 25 places of the taxi.
public enum Taxi {
    private static let grid = Grid(rows: 5, columns: 5)
    /// Red, green, yellow and blue: places of the grid.
    private static let stands = [0, 4, 20, 23]
    private static let letters: [Character] = ["R", "G", "Y", "B"]
    /// Places with a wall to their east.
    private static let walls: Set<Int> = [1, 6, 15, 17, 20, 22]
    private static let inTaxi = 4

    /// The parts of a state.
    struct Scene {
        var taxi: Int
        var passenger: Int
        var destination: Int

        init(_ state: Int) { (taxi, passenger, destination) = (state / 20, state / 4 % 5, state % 4) }

        var state: Int { (taxi * 5 + passenger) * 4 + destination }
    }

    /// The town with its four stands.
    public static let task: TabularTask = {
        let states = grid.count * 5 * 4
        let starts = 25 * 4 * 3
        let start = (0..<states).map { state in
            let scene = Scene(state)
            return scene.passenger != inTaxi && scene.passenger != scene.destination ? 1 / Double(starts) : 0
        }
        let process = MarkovDecisionProcess(actionCount: 6, start: start) { state, action in [outcome(Scene(state), action)] }
        return TabularTask(process, timeLimit: 200, draw: lines)
    }()

    /// Where no wall can be driven into, and nobody picked up or dropped off where that can't be.
    public static let maskedTask = task.masked

    private static func outcome(_ scene: Scene, _ action: Int) -> MarkovDecisionProcess.Outcome {
        var next = scene
        switch action {
        case 0: next.taxi = grid.neighbor(of: scene.taxi, .down)
        case 1: next.taxi = grid.neighbor(of: scene.taxi, .up)
        case 2: if !walls.contains(scene.taxi) { next.taxi = grid.neighbor(of: scene.taxi, .right) }
        case 3: if scene.taxi % 5 > 0, !walls.contains(scene.taxi - 1) { next.taxi = scene.taxi - 1 }
        case 4:
            guard scene.passenger != inTaxi, stands[scene.passenger] == scene.taxi else { return .init(1, to: scene.state, reward: -10) }
            next.passenger = inTaxi
        default:
            guard scene.passenger == inTaxi, let stand = stands.firstIndex(of: scene.taxi) else {
                return .init(1, to: scene.state, reward: -10)
            }
            next.passenger = stand
            if stand == scene.destination { return .init(1, to: next.state, reward: 20, terminates: true) }
        }
        return .init(1, to: next.state, reward: -1)
    }

    /// The town between its walls, the taxi as `@` (with the passenger `&`), and who waits or wants to go where.
    private static func lines(_ state: Int) -> [String] {
        let scene = Scene(state)
        var lines = (0..<grid.rows).map { row in
            var line = "|"
            for column in 0..<grid.columns {
                let place = row * grid.columns + column
                let stand = stands.firstIndex(of: place).map { letters[$0] }
                line.append(place == scene.taxi ? (scene.passenger == inTaxi ? "&" : "@") : stand ?? " ")
                line.append(column == grid.columns - 1 || walls.contains(place) ? "|" : ":")
            }
            return line
        }
        let from = scene.passenger == inTaxi ? "taxi" : "   \(letters[scene.passenger])"
        lines.append("\(from) > \(letters[scene.destination])   ")
        return lines
    }
}
