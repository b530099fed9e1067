public import StarlingExperience

/// One of the MinAtar games: Atari games on a board of 10 × 10 cells, to try algorithms on in minutes.
///
/// The rules of Young and Tian ("MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible Reinforcement Learning Experiments",
/// 2019, arXiv 1903.03176), written from their description and compared with their program frame by frame. All six actions in every
/// game: stay, left, up, right, down, fire. Actions are sticky: with probability 0.1 the last one is done again, whatever is chosen.
/// Games get harder as they go on, and have no limit of time but Freeway.
///
/// In their program the last action outlives a reset; here the first frame of an episode can only repeat `stay`, so that an episode
/// depends on its seed and actions alone.
///
/// Observation: `[C, 10, 10]`, 0 or 1, planes from rows of the board from the top.
public struct MinAtar<Game: MinAtarGame>: Environment, BitwiseCopyable, Sendable {
    private static var stickiness: Double { 0.1 }

    private var random: SeededGenerator
    package private(set) var game: Game
    /// The last action that was done, a repeated one included.
    package var lastAction: UInt8 = 0

    public init() {
        random = SeededGenerator(seed: 0)
        game = Game(random: &random)
    }

    public var observationShape: [Int] { [Game.planes.count, Int(MinAtarCell.side), Int(MinAtarCell.side)] }
    public var action: ActionSpec { .discrete(MinAtarMove.allCases.count) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: seed)
        game = Game(random: &random)
        lastAction = 0
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        if random.uniform(0, 1) >= Self.stickiness { lastAction = UInt8(action) }
        let result = game.step(MinAtarMove(rawValue: Int(lastAction))!, random: &random)
        write(into: &observation)
        return result
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        observation.update(repeating: 0)
        game.draw(into: &observation)
    }
}

extension MinAtar {
    /// Takes no state that the game can't go on with.
    public mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count == MemoryLayout<Self>.size else { return false }
        var saved = self
        withUnsafeMutableBytes(of: &saved) { $0.copyBytes(from: state) }
        guard saved.game.isPossible, MinAtarMove(rawValue: Int(saved.lastAction)) != nil else { return false }
        self = saved
        return true
    }

    public var trueState: [Float]? { game.trueState }

    /// The board within its sides.
    public var picture: Picture? {
        let side = Int(MinAtarCell.side)
        var numbers = [UInt8](repeating: 0, count: Game.planes.count * side * side)
        var observation = numbers.mutableSpan
        write(into: &observation)
        return .text(
            (0..<side).map { row in
                let cells = (0..<side).map { column in
                    Game.planes.indices.first { numbers[$0 * side * side + row * side + column] == 1 }.map { Game.planes[$0] } ?? " "
                }
                return "|" + String(cells) + "|"
            })
    }
}
