import StarlingExperience

/// MinAtar's Asterix: go where gold passes and enemies don't.
///
/// Each of the eight rows between the highest and the lowest holds at most one enemy or piece of gold, which crosses the board from one
/// side to the other. The player goes one cell a frame, in any of four directions, within those rows. Gold is worth 1; touching an enemy
/// ends the episode. At first something new comes every tenth frame, in a row that is free, a third of it gold, and all move every fifth
/// frame; every 102 frames it comes a frame sooner, and every second time they move a frame sooner too, until both is every frame.
///
/// Planes: player, enemies, the cells that enemies and gold came from, gold.
public struct Asterix: MinAtarGame {
    public static let planes: [Character] = ["@", "x", ".", "$"]

    private static let rows: ClosedRange<Int8> = 1...8
    private static let framesToHarder: Int8 = 100

    /// What crosses a row.
    private struct Passer: BitwiseCopyable, Sendable {
        var x: Int8 = 0
        /// Where it goes, −1 or 1; 0 where the row is free.
        var dx: Int8 = 0
        /// 1: gold; 0: an enemy.
        var isGold: UInt8 = 0

        var isPossible: Bool { MinAtarCell.isOnBoard(x) && abs(Int(dx)) <= 1 && isGold <= 1 }
    }

    private var passers = InlineArray<8, Passer>(repeating: Passer())
    private var player = MinAtarCell(5, 5)
    /// Frames between two that come, and between two moves of theirs.
    private var framesBetweenPassers: UInt8 = 10
    private var moveFrames: UInt8 = 5
    private var untilPasser: UInt8 = 10
    private var untilMove: UInt8 = 5
    /// −1 when it gets harder.
    private var untilHarder = framesToHarder
    private var isMoveNext: UInt8 = 0

    public init(random: inout SeededGenerator) {}

    public mutating func step(_ move: MinAtarMove, random: inout SeededGenerator) -> StepResult {
        if untilPasser == 0 {
            addPasser(random: &random)
            untilPasser = framesBetweenPassers
        }
        player.x = MinAtarCell.clamp(player.x + move.offset.x)
        player.y = min(max(player.y + move.offset.y, Self.rows.lowerBound), Self.rows.upperBound)
        var result = StepResult(reward: 0)
        meet(&result)
        if untilMove == 0 {
            untilMove = moveFrames
            for row in passers.indices where passers[row].dx != 0 {
                passers[row].x += passers[row].dx
                if !MinAtarCell.isOnBoard(passers[row].x) { passers[row] = Passer() }
            }
            meet(&result)
        }
        untilPasser -= 1
        untilMove -= 1
        getHarder()
        return result
    }

    /// Draws side and kind even where no row is free.
    private mutating func addPasser(random: inout SeededGenerator) {
        let goesRight = random.uniform(0, 1) < 0.5
        let isGold = random.uniform(0, 1) < 1.0 / 3
        let free = passers.indices.reduce(0) { $0 + (passers[$1].dx == 0 ? 1 : 0) }
        guard free > 0 else { return }
        var place = random.below(free)
        for row in passers.indices where passers[row].dx == 0 {
            if place == 0 {
                passers[row] = Passer(x: goesRight ? 0 : MinAtarCell.side - 1, dx: goesRight ? 1 : -1, isGold: isGold ? 1 : 0)
                return
            }
            place -= 1
        }
    }

    private mutating func meet(_ result: inout StepResult) {
        let row = Int(player.y - Self.rows.lowerBound)
        guard passers[row].dx != 0, passers[row].x == player.x else { return }
        if passers[row].isGold == 1 {
            passers[row] = Passer()
            result.reward += 1
        } else {
            result.ending = .terminated
        }
    }

    private mutating func getHarder() {
        guard framesBetweenPassers > 1 || moveFrames > 1 else { return }
        guard untilHarder < 0 else {
            untilHarder -= 1
            return
        }
        untilHarder = Self.framesToHarder
        if isMoveNext == 1 { moveFrames = max(moveFrames - 1, 1) }
        framesBetweenPassers = max(framesBetweenPassers - 1, 1)
        isMoveNext = 1 - isMoveNext
    }

    public func draw(into observation: inout MutableSpan<UInt8>) {
        observation.mark(0, player)
        for row in passers.indices where passers[row].dx != 0 {
            let y = Int8(row) + Self.rows.lowerBound
            let passer = passers[row]
            observation.mark(passer.isGold == 1 ? 3 : 1, MinAtarCell(passer.x, y))
            let before = MinAtarCell(passer.x - passer.dx, y)
            if before.isOnBoard { observation.mark(2, before) }
        }
    }

    public var isPossible: Bool {
        passers.indices.allSatisfy { passers[$0].isPossible } && MinAtarCell.isOnBoard(player.x) && Self.rows.contains(player.y)
            && (1...10).contains(framesBetweenPassers) && (1...5).contains(moveFrames) && untilPasser <= 10 && untilMove <= 5
            && (-1...Self.framesToHarder).contains(untilHarder) && isMoveNext <= 1
    }

    /// Column and row of the player, frames between two that come and until the next, frames between moves of theirs and until the next;
    /// then of each row column, direction (0: free) and whether it is gold.
    public var trueState: [Float] {
        [Float(player.x), Float(player.y)] + [framesBetweenPassers, untilPasser, moveFrames, untilMove].map { Float($0) }
            + passers.indices.flatMap { [Float(passers[$0].x), Float(passers[$0].dx), Float(passers[$0].isGold)] }
    }
}
