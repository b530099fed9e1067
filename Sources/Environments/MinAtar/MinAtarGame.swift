/// The rules of one of the MinAtar games, as `MinAtar` plays them: a board of 10 × 10 cells in planes of 0 and 1.
///
/// Games are plain numbers without padding, so that a saved state is their memory; all random numbers come from the generator that
/// they are handed.
public protocol MinAtarGame: BitwiseCopyable, Sendable {
    /// Planes of the observation, each as the letter that a picture shows; of two in one cell it shows the first.
    static var planes: [Character] { get }

    /// The board at the beginning of an episode.
    init(random: inout SeededGenerator)

    /// Plays one frame.
    mutating func step(_ move: MinAtarMove, random: inout SeededGenerator) -> StepResult

    /// Marks what is on the board; all planes are empty before.
    func draw(into observation: inout MutableSpan<UInt8>)

    /// Whether every number is one that the rules can go on with. False of bytes that are no state, which would lead off the board.
    var isPossible: Bool { get }

    /// See `EnvironmentCore`.
    var trueState: [Float] { get }
}

/// The actions of all MinAtar games, in their order. A move that means nothing in a game is the same as `stay`.
public enum MinAtarMove: Int, BitwiseCopyable, CaseIterable, Sendable {
    case stay, left, up, right, down, fire

    /// Columns and rows that it goes.
    var offset: (x: Int8, y: Int8) {
        switch self {
        case .left: (-1, 0)
        case .right: (1, 0)
        case .up: (0, -1)
        case .down: (0, 1)
        case .stay, .fire: (0, 0)
        }
    }
}

/// A cell of the board, from the upper left corner, or one beyond its sides.
struct MinAtarCell: Hashable, BitwiseCopyable, Sendable {
    static let side: Int8 = 10

    var x: Int8
    var y: Int8

    init(_ x: Int8, _ y: Int8) { (self.x, self.y) = (x, y) }

    var isOnBoard: Bool { Self.isOnBoard(x) && Self.isOnBoard(y) }

    /// Of a column or a row.
    static func isOnBoard(_ line: Int8) -> Bool { line >= 0 && line < side }

    /// The nearest column or row of the board.
    static func clamp(_ line: Int8) -> Int8 { min(max(line, 0), side - 1) }
}

extension MutableSpan<UInt8> {
    /// Marks a cell of a plane of an observation; it must be on the board.
    mutating func mark(_ plane: Int, _ cell: MinAtarCell) {
        let side = Int(MinAtarCell.side)
        self[(plane * side + Int(cell.y)) * side + Int(cell.x)] = 1
    }
}
