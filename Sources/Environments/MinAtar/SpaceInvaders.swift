import StarlingExperience

/// MinAtar's Space Invaders: a cannon in the lowest row fires at aliens that march to and fro above, come lower at every turn, and drop
/// bombs.
///
/// Every alien is worth 1. The cannon fires at most every fifth frame. Every tenth frame the lowest alien of the column nearest to the
/// cannon drops a bomb. Shots and bombs go one row a frame. Aliens march one column every twelfth frame; fewer than that march as many
/// frames apart as there are of them. When all are hit, as many come again and march a frame sooner, down to every sixth. A bomb or an
/// alien that gets to the cannon ends the episode, and so do aliens who turn at the bottom, of
/// whom the lowest row is seen at the top then.
///
/// Planes: cannon; aliens; the same, if they march left; the same, if they march right; shots; bombs.
public struct SpaceInvaders: MinAtarGame {
    public static let planes: [Character] = ["A", "M", "<", ">", "'", "*"]

    private static let lowest = MinAtarCell.side - 1
    private static let wave = MinAtarCells(columns: 2..<8, rows: 0..<4)
    private static let framesBetweenShots: UInt8 = 5
    private static let framesBetweenBombs: UInt8 = 10
    private static let slowest: UInt8 = 12
    private static let fastest: UInt8 = 6

    private var aliens = wave
    private var shots = MinAtarCells()
    private var bombs = MinAtarCells()
    private var cannon: Int8 = 5
    /// −1: the aliens march left; 1: right.
    private var direction: Int8 = -1
    /// Frames between two moves of many aliens.
    private var pace = slowest
    private var untilMarch = slowest
    private var untilBomb = framesBetweenBombs
    private var untilShot: UInt8 = 0

    public init(random: inout SeededGenerator) {}

    public mutating func step(_ move: MinAtarMove, random: inout SeededGenerator) -> StepResult {
        if move == .fire, untilShot == 0 {
            shots.insert(place)
            untilShot = Self.framesBetweenShots
        }
        cannon = MinAtarCell.clamp(cannon + move.offset.x)
        shots.moveUp()
        bombs.moveDown()
        var isOver = bombs.contains(place) || aliens.contains(place)
        if untilMarch == 0 {
            untilMarch = min(UInt8(aliens.count), pace)
            if aliens.hasColumn(direction < 0 ? 0 : Self.lowest) {
                direction = -direction
                if aliens.hasRow(Self.lowest) { isOver = true }
                aliens.moveDown(isRound: true)
            } else {
                aliens.moveAside(direction)
            }
            if aliens.contains(place) { isOver = true }
        }
        if untilBomb == 0 {
            untilBomb = Self.framesBetweenBombs
            if let alien = nearestAlien { bombs.insert(alien) }
        }
        let hits = MinAtarCells.removeCommon(&aliens, &shots)
        if untilShot > 0 { untilShot -= 1 }
        untilMarch -= 1
        untilBomb -= 1
        if aliens.isEmpty {
            pace = max(pace - 1, Self.fastest)
            aliens = Self.wave
        }
        return StepResult(reward: Float(hits), ending: isOver ? .terminated : .none)
    }

    private var place: MinAtarCell { MinAtarCell(cannon, Self.lowest) }

    /// The lowest alien of the column nearest to the cannon; of two as near, the left one.
    private var nearestAlien: MinAtarCell? {
        for distance in 0..<MinAtarCell.side {
            if let alien = aliens.lowest(inColumn: cannon - distance) ?? aliens.lowest(inColumn: cannon + distance) { return alien }
        }
        return nil
    }

    public func draw(into observation: inout MutableSpan<UInt8>) {
        observation.mark(0, place)
        aliens.draw(1, into: &observation)
        aliens.draw(direction < 0 ? 2 : 3, into: &observation)
        shots.draw(4, into: &observation)
        bombs.draw(5, into: &observation)
    }

    public var isPossible: Bool {
        aliens.isPossible && !aliens.isEmpty && shots.isPossible && bombs.isPossible && MinAtarCell.isOnBoard(cannon)
            && abs(Int(direction)) == 1
            && (Self.fastest...Self.slowest).contains(pace) && untilMarch <= Self.slowest && untilBomb <= Self.framesBetweenBombs
            && untilShot <= Self.framesBetweenShots
    }

    /// Column of the cannon, where the aliens march, aliens that are left, frames between their moves and until the next one, frames
    /// until a bomb and until a shot is possible.
    public var trueState: [Float] {
        [cannon, direction, Int8(aliens.count)].map { Float($0) } + [pace, untilMarch, untilBomb, untilShot].map { Float($0) }
    }
}
