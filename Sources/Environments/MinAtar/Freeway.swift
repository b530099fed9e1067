import StarlingExperience

/// MinAtar's Freeway: a chicken crosses a road with eight lanes.
///
/// The chicken goes up or down at most every third frame. At the top it scores 1 and starts again from the bottom; a car that it meets
/// sends it there too. A car waits one to five frames between two moves, and comes back on the other side when it leaves the board. Pace
/// and direction of all cars are drawn anew, from where they are, when the chicken has arrived. The episode ends after 2500 frames.
///
/// Planes: chicken, cars, and of cars that wait one to five frames the cells behind them.
public struct Freeway: MinAtarGame {
    public static let planes: [Character] = ["@", "#", "1", "2", "3", "4", "5"]

    private static let lowest = MinAtarCell.side - 1
    private static let column: Int8 = 4
    private static let framesBetweenMoves: UInt8 = 3
    private static let slowest = 5
    private static let limit: Int16 = 2500

    /// On the lane of its number, from row 1 down.
    private struct Car: BitwiseCopyable, Sendable {
        var x: Int8 = 0
        /// Frames that it waits between two moves; negative: it goes left.
        var pace: Int8 = 1
        var untilMove: Int8 = 0

        var isPossible: Bool {
            MinAtarCell.isOnBoard(x) && (1...slowest).contains(abs(Int(pace))) && (0...Int8(slowest)).contains(untilMove)
        }
    }

    /// −1 when the time is up.
    private var framesLeft = limit
    private var cars = InlineArray<8, Car>(repeating: Car())
    private var chicken = lowest
    private var untilMove = framesBetweenMoves

    public init(random: inout SeededGenerator) {
        drawPaces(random: &random)
    }

    private mutating func drawPaces(random: inout SeededGenerator) {
        for lane in cars.indices {
            cars[lane].pace = Int8(1 + random.below(Self.slowest))
            cars[lane].untilMove = cars[lane].pace
        }
        for lane in cars.indices where random.uniform(0, 1) < 0.5 { cars[lane].pace = -cars[lane].pace }
    }

    public mutating func step(_ move: MinAtarMove, random: inout SeededGenerator) -> StepResult {
        if untilMove == 0, move.offset.y != 0 {
            untilMove = Self.framesBetweenMoves
            chicken = MinAtarCell.clamp(chicken + move.offset.y)
        }
        var result = StepResult(reward: 0)
        if chicken == 0 {
            result.reward = 1
            drawPaces(random: &random)
            chicken = Self.lowest
        }
        for lane in cars.indices {
            if isHit(lane) { chicken = Self.lowest }
            if cars[lane].untilMove > 0 {
                cars[lane].untilMove -= 1
                continue
            }
            cars[lane].untilMove = abs(cars[lane].pace)
            cars[lane].x = Self.wrap(cars[lane].x + cars[lane].pace.signum())
            if isHit(lane) { chicken = Self.lowest }
        }
        if untilMove > 0 { untilMove -= 1 }
        framesLeft -= 1
        if framesLeft < 0 { result.ending = .terminated }
        return result
    }

    private func isHit(_ lane: Int) -> Bool { chicken == Int8(lane) + 1 && cars[lane].x == Self.column }

    /// The column where one goes on that leaves the board.
    private static func wrap(_ x: Int8) -> Int8 { x < 0 ? lowest : x > lowest ? 0 : x }

    public func draw(into observation: inout MutableSpan<UInt8>) {
        observation.mark(0, MinAtarCell(Self.column, chicken))
        for lane in cars.indices {
            let y = Int8(lane) + 1
            observation.mark(1, MinAtarCell(cars[lane].x, y))
            let behind = Self.wrap(cars[lane].x - cars[lane].pace.signum())
            observation.mark(1 + Int(abs(cars[lane].pace)), MinAtarCell(behind, y))
        }
    }

    public var isPossible: Bool {
        cars.indices.allSatisfy { cars[$0].isPossible } && (0...Self.limit).contains(framesLeft) && (1...Self.lowest).contains(chicken)
            && untilMove <= Self.framesBetweenMoves
    }

    /// Row of the chicken, frames until it may go and frames that are left; then of each car column, pace and frames until it moves.
    public var trueState: [Float] {
        [Float(chicken), Float(untilMove), Float(framesLeft)]
            + cars.indices.flatMap { [Float(cars[$0].x), Float(cars[$0].pace), Float(cars[$0].untilMove)] }
    }
}
