extension Seaquest {
    /// What swims along a row: an enemy, a diver, a shot or a torpedo.
    struct Swimmer: BitwiseCopyable, Sendable {
        var cell = MinAtarCell(0, 0)
        /// Where it goes, −1 or 1.
        var dx: Int8 = 1
        var untilMove: UInt8 = 0
        /// Of a submarine.
        var untilShot: UInt8 = 0
        /// 1: a submarine, which shoots; 0: none.
        var isSubmarine: UInt8 = 0

        var isPossible: Bool { cell.isOnBoard && abs(Int(dx)) == 1 && untilMove <= 5 && untilShot <= 10 && isSubmarine <= 1 }

        /// The cell that it came from, if that is on the board.
        var trail: MinAtarCell? {
            let cell = MinAtarCell(cell.x - dx, cell.y)
            return cell.isOnBoard ? cell : nil
        }

        /// One cell ahead.
        /// - Returns: whether it is still on the board.
        mutating func advance() -> Bool {
            cell.x += dx
            return cell.isOnBoard
        }
    }

    /// Swimmers in the order in which they came.
    struct Swimmers<let capacity: Int>: BitwiseCopyable, Sendable {
        private var swimmers = InlineArray<capacity, Swimmer>(repeating: Swimmer())
        private var size: UInt8 = 0

        var indices: Range<Int> { 0..<Int(size) }

        var isPossible: Bool { size <= capacity && indices.allSatisfy { swimmers[$0].isPossible } }

        subscript(_ index: Int) -> Swimmer {
            get { swimmers[index] }
            set { swimmers[index] = newValue }
        }

        /// There is room for all that the rules can bring; what a forged state would bring beyond it doesn't come.
        mutating func append(_ swimmer: Swimmer) {
            guard size < capacity else { return }
            swimmers[Int(size)] = swimmer
            size += 1
        }

        mutating func remove(at index: Int) {
            size -= 1
            for place in index..<Int(size) { swimmers[place] = swimmers[place + 1] }
        }

        /// The first one in this cell.
        func first(at cell: MinAtarCell) -> Int? { indices.first { swimmers[$0].cell == cell } }
    }
}
