public import StarlingExperience

/// Connect Four on a board of 5 × 4, by one player against itself: each step is a move of the player whose turn it is, and the next
/// observation is the other's. +1 for a move that wins, 0 for a draw; a move in a full column loses at once, −1.
///
/// Observation: `[2, 4, 5]`, the stones of who is to move, then the other's, rows from the top. Best play ends in a draw.
public struct ConnectFour: Environment, Sendable {
    package static let columns = 5
    package static let rows = 4

    private let openingLimit: Int
    package private(set) var board = ConnectFourBoard(columns: columns, rows: rows)

    /// - Parameter openingLimit: a game begins with so many stones at most, as many as not, that were dropped at random and won nothing: a
    ///   policy that plays well comes to few positions by itself.
    public init(openingLimit: Int = 0) { self.openingLimit = openingLimit }

    public var observationShape: [Int] { [2, Self.rows, Self.columns] }
    public var action: ActionSpec { .discrete(Self.columns) }
    public var playersAlternate: Bool { true }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var random = SeededGenerator(seed: seed)
        board = ConnectFourBoard(columns: Self.columns, rows: Self.rows, upTo: openingLimit, &random)
        board.write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        let result = board.take(action)
        board.write(into: &observation)
        return result
    }

    public func savedState() -> [UInt8]? { board.savedState }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard let board = ConnectFourBoard(columns: Self.columns, rows: Self.rows, state) else { return false }
        self.board = board
        return true
    }

    public var picture: Picture? { board.picture }
}

extension ConnectFourBoard {
    /// Makes a move of a game that isn't over; one that can't be made loses.
    mutating func take(_ column: Int) -> StepResult {
        guard canPlay(column) else { return StepResult(reward: -1, ending: .terminated) }
        let isWin = wins(column)
        play(column)
        return StepResult(reward: isWin ? 1 : 0, ending: isWin || isFull ? .terminated : .none)
    }

    /// Writes the stones of who is to move, then the other's, `[2, rows, columns]`, rows from the top.
    package func write(into observation: inout MutableSpan<UInt8>) {
        for (plane, stones) in [own, other].enumerated() {
            for row in 0..<rows {
                for column in 0..<columns {
                    observation[(plane * rows + row) * columns + column] = stones & cell(column, rows - 1 - row) != 0 ? 1 : 0
                }
            }
        }
    }

    /// The stones of who is to move, then all, little-endian.
    var savedState: [UInt8] { [own, stones].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } } }

    /// - Returns: nil when these bytes are no position of a game that goes on.
    init?(columns: Int, rows: Int, _ state: [UInt8]) {
        guard state.count == 16 else { return nil }
        func word(_ first: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(state[first + $1]) << UInt64(8 * $1) } }
        self.init(columns: columns, rows: rows, own: word(0), stones: word(8))
    }

    /// The board within its sides; `x` moved first, `o` second.
    var picture: Picture {
        let first = count.isMultiple(of: 2) ? own : other
        return .text(
            (0..<rows).reversed().map { row in
                let cells = (0..<columns).map { column -> Character in
                    let cell = cell(column, row)
                    return stones & cell == 0 ? " " : first & cell != 0 ? "x" : "o"
                }
                return "|" + String(cells) + "|"
            })
    }
}
