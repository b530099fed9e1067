import StarlingExperience
import StarlingThreads

/// The one loop that steps environments with a policy, row by row: observations → plan → acting rule → environments → carried
/// states. Its rows lie in the blocks that its cursors fill; who wants unrolls sends them, who wants episodes reads them.
///
/// No row allocates or counts references.
struct RolloutLoop {
    let acting: ActingPlan
    /// Key of the Philox streams.
    let noiseKey: UInt64
    /// One row in so many is timed.
    private static let timedRowStride = 8
    /// The first row whose inference is timed: another one each time, so that no place in an unroll counts more than others.
    private var firstTimedRow = 0

    init(_ acting: ActingPlan, noiseKey: UInt64) {
        self.acting = acting
        self.noiseKey = noiseKey
    }

    /// Fills rows of all cursors, whose groups have one width.
    /// - Parameters:
    ///   - rows: at most so many.
    ///   - width: environments of one cursor.
    ///   - isConcurrent: all groups are stepped elsewhere: while half of them are, the policy works for the others.
    ///   - goesOn: told after every row its number; false ends the loop.
    /// - Returns: nanoseconds of inference in all of `rows`, estimated from some of them.
    /// - Throws: `EnvironmentError` when environments can be stepped no more.
    mutating func step(
        _ cursors: UnsafeMutableBufferPointer<UnrollCursor>, rows: Int, width: Int, isConcurrent: Bool, _ goesOn: (_ row: Int) -> Bool
    ) throws -> UInt64 {
        var stopwatch = Stopwatch(rows: rows, first: firstTimedRow)
        firstTimedRow = (firstTimedRow + 1) % Self.timedRowStride
        if isConcurrent {
            try overlap(cursors, rows: rows, width: width, &stopwatch, goesOn)
        } else {
            try follow(cursors, rows: rows, width: width, &stopwatch, goesOn)
        }
        return stopwatch.total
    }

    /// Policy and environments one after the other.
    private func follow(
        _ cursors: UnsafeMutableBufferPointer<UnrollCursor>, rows: Int, width: Int, _ stopwatch: inout Stopwatch,
        _ goesOn: (_ row: Int) -> Bool
    ) throws {
        let buffers = acting.buffers
        writeNoiseNames(of: cursors)
        for row in 0..<rows {
            infer(cursors, row: row, width: width, &stopwatch)
            for index in cursors.indices { try cursors[index].act(on: buffers, group: index, key: noiseKey) }
            if !goesOn(row) { break }
        }
    }

    /// Environments of one half step while the policy works for the other.
    private func overlap(
        _ cursors: UnsafeMutableBufferPointer<UnrollCursor>, rows: Int, width: Int, _ stopwatch: inout Stopwatch,
        _ goesOn: (_ row: Int) -> Bool
    ) throws {
        let middle = (cursors.count + 1) / 2
        let halves = [cursors[..<middle], cursors[middle...]].map { UnsafeMutableBufferPointer(rebasing: $0) }.filter { !$0.isEmpty }
        for half in halves { try begin(half, row: 0, width: width, &stopwatch) }
        for row in 0..<rows {
            for half in halves.dropLast() {
                try finish(half)
                if row + 1 < rows { try begin(half, row: row + 1, width: width, &stopwatch) }
            }
            try finish(halves[halves.count - 1])
            // The other half may be a step ahead, whose end must be heard of.
            guard goesOn(row) else {
                if row + 1 < rows { for half in halves.dropLast() { try finish(half) } }
                break
            }
            if row + 1 < rows { try begin(halves[halves.count - 1], row: row + 1, width: width, &stopwatch) }
        }
    }

    private func begin(
        _ cursors: UnsafeMutableBufferPointer<UnrollCursor>, row: Int, width: Int, _ stopwatch: inout Stopwatch
    ) throws {
        writeNoiseNames(of: cursors)
        infer(cursors, row: row, width: width, &stopwatch)
        for index in cursors.indices { try cursors[index].begin(on: acting.buffers, group: index, key: noiseKey) }
    }

    private func finish(_ cursors: UnsafeMutableBufferPointer<UnrollCursor>) throws {
        for index in cursors.indices { try cursors[index].finish() }
    }

    /// Computes the logits of the cursors' rows.
    private func infer(_ cursors: UnsafeMutableBufferPointer<UnrollCursor>, row: Int, width: Int, _ stopwatch: inout Stopwatch) {
        for index in cursors.indices { cursors[index].write(to: acting.buffers, group: index) }
        stopwatch.time(row) { acting.run(rows: cursors.count * width) }
    }

    private func writeNoiseNames(of cursors: UnsafeMutableBufferPointer<UnrollCursor>) {
        guard let noise = acting.buffers.noise else { return }
        for index in cursors.indices { cursors[index].writeNoiseNames(to: noise, group: index, key: noiseKey) }
    }

    /// Times one row in so many.
    private struct Stopwatch {
        let rows: Int
        let first: Int
        private var timed: UInt64 = 0
        private var timedRows: UInt64 = 0

        init(rows: Int, first: Int) { (self.rows, self.first) = (rows, first % rows) }

        /// Of all rows.
        var total: UInt64 { timedRows == 0 ? 0 : timed / timedRows * UInt64(rows) }

        mutating func time(_ row: Int, _ work: () -> Void) {
            guard row >= first, (row - first) % RolloutLoop.timedRowStride == 0 else { return work() }
            let start = Deadline.now.nanoseconds
            work()
            timed &+= Deadline.now.nanoseconds &- start
            if row != lastTimedRow { timedRows += 1 }
            lastTimedRow = row
        }

        /// Where a row is inferred in two halves, both count as one.
        private var lastTimedRow = -1
    }
}
