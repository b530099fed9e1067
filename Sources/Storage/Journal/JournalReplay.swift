package import StarlingExperience

/// Reads the unrolls of a journal's tail once more, with their blocks, one segment in memory at a time. Segments that
/// came since, or that the tail passed over, are not looked at.
package final class JournalReplay {
    private let files: JournalFiles
    private var numbers: ArraySlice<UInt64>
    private var bytes: [UInt8] = []
    private var records: ArraySlice<(entry: JournalEntry, block: Range<Int>)> = []
    private var last: UInt64

    /// - Parameters:
    ///   - tail: what `files` held when nobody wrote to them.
    ///   - position: index that the checkpoint covers.
    package init(_ files: JournalFiles, _ tail: JournalTail, after position: UInt64) {
        self.files = files
        numbers = tail.segments[...]
        last = position
    }

    /// Hands over the next unroll; its block is valid within the body only. Nil at the end.
    package func next<Result>(_ body: (JournalEntry, UnsafeRawBufferPointer) -> Result) -> Result? {
        while records.isEmpty {
            guard let number = numbers.popFirst() else {
                bytes = []
                return nil
            }
            open(number)
        }
        let record = records.removeFirst()
        return bytes.withUnsafeBytes { body(record.entry, UnsafeRawBufferPointer(rebasing: $0[record.block])) }
    }

    private func open(_ number: UInt64) {
        var found: [(entry: JournalEntry, block: Range<Int>)] = []
        // What can't be read was told when the tail was.
        bytes = (try? files.read(number)) ?? []
        bytes.withUnsafeBytes { bytes in
            guard var parser = SegmentParser(bytes) else { return }
            while let item = parser.next() {
                guard case .record(let entry, let block) = item, entry.index > last else { continue }
                last = entry.index
                if entry.event.isOpen { found.append((entry, block)) }
            }
        }
        records = found[...]
    }
}
