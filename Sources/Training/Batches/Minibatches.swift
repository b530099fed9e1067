import StarlingExperience

/// Draws the rows of minibatches of a held batch: every step that counts once in an epoch, in another order each time.
struct Minibatches {
    /// Rows of the batch, or its columns, of each minibatch one after the other.
    private var order: [Int32] = []
    /// Where each minibatch begins; one more at the end.
    private var starts: [Int] = []

    /// - Parameters:
    ///   - batch: of which steps count.
    ///   - limit: rows of a minibatch at most. Minibatches are as equal as can be.
    ///   - seed: of the order.
    mutating func drawSteps(_ batch: HostBatch, limit: Int, seed: UInt64) {
        order.removeAll(keepingCapacity: true)
        for row in batch.kinds.indices where batch.kinds[row] != StepKind.reset.rawValue { order.append(Int32(row)) }
        order.shuffle(seed: seed)
        split(limit)
    }

    /// Draws whole sequences: columns instead of rows.
    mutating func drawColumns(_ count: Int, limit: Int, seed: UInt64) {
        order.removeAll(keepingCapacity: true)
        for column in 0..<count { order.append(Int32(column)) }
        order.shuffle(seed: seed)
        split(limit)
    }

    private mutating func split(_ limit: Int) {
        starts.removeAll(keepingCapacity: true)
        let parts = (order.count + limit - 1) / limit
        for part in 0...parts { starts.append(order.count * part / max(1, parts)) }
    }

    var count: Int { starts.count - 1 }
    subscript(number: Int) -> ArraySlice<Int32> { order[starts[number]..<starts[number + 1]] }
}
