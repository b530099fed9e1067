/// Records that no stored checkpoint covers: how many bytes they are, and whether some of them are in no file any more.
///
/// A checkpoint covers what was settled when its capture was taken, which may be long before it is on disk; so what counts is
/// its position, not the moment in which it is told of.
struct UncoveredRecords {
    /// Runs of records, oldest first: up to which index, and their bytes.
    private var runs: [(lastIndex: UInt64, byteCount: Int)] = []
    private var lostThrough: UInt64 = 0
    private var coveredThrough: UInt64 = 0
    /// Bytes of a run: as exact as whoever asks needs it.
    private let runByteCount: Int

    init(runByteCount: Int) { self.runByteCount = runByteCount }

    var byteCount: Int { runs.reduce(0) { $0 + $1.byteCount } }
    /// Only a checkpoint can keep what the journal has lost.
    var areLost: Bool { lostThrough > coveredThrough }

    mutating func wrote(_ byteCount: Int, through index: UInt64) {
        guard byteCount > 0 else { return }
        if let last = runs.last, last.byteCount < runByteCount {
            runs[runs.count - 1] = (index, last.byteCount + byteCount)
        } else {
            runs.append((index, byteCount))
        }
    }

    mutating func lost(through index: UInt64) { lostThrough = max(lostThrough, index) }

    mutating func covered(through index: UInt64) {
        coveredThrough = max(coveredThrough, index)
        runs.removeAll { $0.lastIndex <= index }
    }
}
