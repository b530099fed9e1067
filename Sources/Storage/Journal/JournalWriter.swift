import Foundation
import StarlingExperience

/// Why nothing can be written now.
struct JournalFault: Error {
    var message: String
}

/// The segments of a journal as its thread sees them.
final class JournalWriter {
    private let files: JournalFiles
    private let settings: Journal.Settings
    private var segment: SegmentFile?
    /// Finished segments, oldest first.
    private var finished: [(number: UInt64, byteCount: Int, lastIndex: UInt64)]
    private var nextNumber: UInt64
    private var written = 0
    /// Of the newest record, and of the newest in a file that is gone.
    private(set) var lastIndex: UInt64 = 0
    private(set) var lostThrough: UInt64 = 0
    var newestPosition: UInt64 = 0
    var oldestPosition: UInt64 = 0

    init(_ files: JournalFiles, _ settings: Journal.Settings, _ lastIndices: [UInt64: UInt64]) {
        self.files = files
        self.settings = settings
        let numbers = files.numbers
        // What couldn't be read covers nothing and is kept as long as its neighbours.
        var last: UInt64 = 0
        finished = numbers.map { number in
            last = max(last, lastIndices[number] ?? last)
            return (number, files.size(of: number), last)
        }
        nextNumber = (numbers.last ?? 0) + 1
    }

    var byteCount: Int { finished.reduce(segment?.byteCount ?? 0) { $0 + $1.byteCount } }

    /// Bytes written since this was last asked.
    func takeWritten() -> Int {
        defer { written = 0 }
        return written
    }

    /// Removes segments that the oldest checkpoint covers.
    func release() {
        while let first = finished.first, first.lastIndex <= oldestPosition {
            unlink(files.path(first.number))
            finished.removeFirst()
        }
    }

    /// Nothing is written any more: the segment that is open may go too.
    func end() {
        if let segment { finish(segment) }
        release()
    }

    /// Writes the first of these entries as one group.
    /// - Returns: how many.
    func write(_ entries: ArraySlice<JournalEntry>) throws(JournalFault) -> Int {
        if let segment, !segment.isInPlace {
            self.segment = nil
            lostThrough = segment.lastIndex
            throw JournalFault(
                message: "\(segment.path) was removed or its disk is gone; what it held is kept by the next checkpoint only")
        }
        if let segment, segment.byteCount >= settings.segmentByteCount { finish(segment) }
        let (group, size) = firstGroup(of: entries)
        guard byteCount + size <= settings.byteBudget else {
            throw JournalFault(
                message: "its \(byteCount) bytes are all that journal.bytes allows, and the oldest checkpoint that is kept needs them")
        }
        let isSynced = settings.sync == .disk
        do throws(SystemFault) {
            if self.segment == nil { self.segment = try begin(isSynced) }
            let segment = self.segment!
            let before = segment.byteCount
            try segment.append(group, isSynced: isSynced)
            written += segment.byteCount - before
            lastIndex = segment.lastIndex
        } catch {
            // After a failed sync nobody knows what the disk has: what comes goes into another file.
            if let segment { finish(segment) }
            throw JournalFault(message: error.message)
        }
        // Behind the writing: what is written now, a learner that begins later reads.
        if let fence = settings.fence, !fence.holds { throw JournalFault(message: fence.sentence) }
        return group.count
    }

    /// As many entries as one call and the segment take, at least one, and about how many bytes they are.
    private func firstGroup(of entries: ArraySlice<JournalEntry>) -> (ArraySlice<JournalEntry>, Int) {
        let room = settings.segmentByteCount - (segment?.byteCount ?? 0)
        var (count, size) = (0, 0)
        for entry in entries.prefix(SegmentFile.recordLimit) {
            let bytes = 256 + (entry.unroll?.block.count ?? 0)
            if count > 0, size + bytes > room { break }
            count += 1
            size += bytes
        }
        return (entries.prefix(count), size)
    }

    private func finish(_ segment: SegmentFile) {
        finished.append((segment.number, segment.byteCount, segment.lastIndex))
        self.segment = nil
    }

    private func begin(_ isSynced: Bool) throws(SystemFault) -> SegmentFile {
        try FileSystem.makeDirectory(files.directory)
        let header = SegmentHeader(
            number: nextNumber, generation: settings.generation, salt: .random(in: .min ... .max), run: settings.run)
        let segment = try SegmentFile(files.path(nextNumber), header, isSynced: isSynced)
        nextNumber += 1
        return segment
    }
}
