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
    ///   - goesOn: told after every row its number; false ends the loop.
    /// - Returns: nanoseconds of inference in all of `rows`, estimated from some of them.
    mutating func step(
        _ cursors: UnsafeMutableBufferPointer<UnrollCursor>, rows: Int, width: Int, _ goesOn: (_ row: Int) -> Bool
    ) -> UInt64 {
        let buffers = acting.buffers
        let count = cursors.count * width
        if let noise = buffers.noise {
            for index in cursors.indices { cursors[index].writeNoiseNames(to: noise, group: index, key: noiseKey) }
        }
        var (timed, timedRows) = (UInt64(0), UInt64(0))
        var nextTimedRow = firstTimedRow % rows
        firstTimedRow = (firstTimedRow + 1) % Self.timedRowStride
        for row in 0..<rows {
            for index in cursors.indices { cursors[index].write(to: buffers, group: index) }
            if row == nextTimedRow {
                let start = Deadline.now.nanoseconds
                acting.run(rows: count)
                timed &+= Deadline.now.nanoseconds &- start
                timedRows += 1
                nextTimedRow += Self.timedRowStride
            } else {
                acting.run(rows: count)
            }
            for index in cursors.indices { cursors[index].act(on: buffers, group: index, key: noiseKey) }
            if !goesOn(row) { break }
        }
        return timedRows == 0 ? 0 : timed / timedRows * UInt64(rows)
    }
}
