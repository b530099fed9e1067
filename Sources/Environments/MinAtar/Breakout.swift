import StarlingExperience

/// MinAtar's Breakout: a paddle in the lowest row keeps a ball up that breaks bricks.
///
/// Three rows of bricks, each worth 1. The ball moves one cell diagonally every frame. A wall or a brick turns it back; so does the
/// paddle, and one that comes under the ball only in the frame of the bounce sends it back where it came from. The ball breaks no brick
/// in the frame after it broke one. When all are broken, the next ball at the bottom finds three new rows. A ball that passes the paddle
/// ends the episode.
///
/// Planes: paddle, ball, where the ball was a frame before, bricks.
public struct Breakout: MinAtarGame {
    public static let planes: [Character] = ["=", "o", ".", "#"]

    private static let wall: UInt32 = (1 << 30) - 1
    private static let wallRows: Range<Int8> = 1..<4
    private static let lowest = MinAtarCell.side - 1

    /// A bit for each place of the three rows, from the upper left one.
    private var bricks = wall
    private var ball: MinAtarCell
    private var before: MinAtarCell
    /// Columns and rows that the ball goes in a frame, −1 or 1 each.
    private var dx: Int8
    private var dy: Int8 = 1
    private var paddle: Int8 = 4
    /// 1 after a frame that broke a brick, else 0.
    private var hasStruck: UInt8 = 0

    public init(random: inout SeededGenerator) {
        let startsLeft = random.below(2) == 0
        ball = MinAtarCell(startsLeft ? 0 : Self.lowest, 3)
        before = ball
        dx = startsLeft ? 1 : -1
    }

    public mutating func step(_ move: MinAtarMove, random: inout SeededGenerator) -> StepResult {
        paddle = MinAtarCell.clamp(paddle + move.offset.x)
        before = ball
        ball = MinAtarCell(before.x + dx, min(before.y + dy, Self.lowest))
        if !MinAtarCell.isOnBoard(ball.x) {
            ball.x = MinAtarCell.clamp(ball.x)
            dx = -dx
        }
        var result = StepResult(reward: 0)
        var meetsBrick = false
        if ball.y < 0 {
            ball.y = 0
            dy = -dy
        } else if let brick = Self.brick(at: ball), bricks & brick != 0 {
            meetsBrick = true
            if hasStruck == 0 {
                result.reward = 1
                bricks &= ~brick
                bounce()
            }
        } else if ball.y == Self.lowest {
            if bricks == 0 { bricks = Self.wall }
            if before.x == paddle {
                bounce()
            } else if ball.x == paddle {
                bounce()
                dx = -dx
            } else {
                result.ending = .terminated
            }
        }
        hasStruck = meetsBrick ? 1 : 0
        return result
    }

    /// Back up or down, in the row where it was.
    private mutating func bounce() {
        ball.y = before.y
        dy = -dy
    }

    /// The bit of the place of a brick.
    private static func brick(at cell: MinAtarCell) -> UInt32? {
        wallRows.contains(cell.y) ? 1 << UInt32((cell.y - wallRows.lowerBound) * MinAtarCell.side + cell.x) : nil
    }

    public func draw(into observation: inout MutableSpan<UInt8>) {
        observation.mark(0, MinAtarCell(paddle, Self.lowest))
        observation.mark(1, ball)
        observation.mark(2, before)
        for y in Self.wallRows {
            for x in 0..<MinAtarCell.side where bricks & Self.brick(at: MinAtarCell(x, y))! != 0 { observation.mark(3, MinAtarCell(x, y)) }
        }
    }

    public var isPossible: Bool {
        bricks <= Self.wall && ball.isOnBoard && before.isOnBoard && abs(Int(dx)) == 1 && abs(Int(dy)) == 1
            && MinAtarCell.isOnBoard(paddle) && hasStruck <= 1
    }

    /// Column and row of the ball, where it goes, column of the paddle, bricks that are left.
    public var trueState: [Float] { [Float(ball.x), Float(ball.y), Float(dx), Float(dy), Float(paddle), Float(bricks.nonzeroBitCount)] }
}
