import StarlingExperience

/// Complete unrolls of an actor that are not acknowledged, in the order of their sequence.
struct Outbox {
    struct Entry {
        var header: UnrollHeader
        var block: UnrollBlock
        /// XXH64 of the block.
        var checksum: UInt64
        /// Not 0: so many bytes of `block` hold the unroll, compressed.
        var compressedByteCount: UInt32 = 0
    }

    private var entries = Queue<Entry>()
    private(set) var byteCount = 0

    var count: Int { entries.count }
    /// Sequence of the oldest.
    var firstSequence: UInt64? { entries.first?.header.sequence }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        byteCount += entry.block.byteCount
    }

    /// The entry with this sequence. Sequences of an outbox have no gaps.
    subscript(sequence sequence: UInt64) -> Entry? {
        guard let first = firstSequence, sequence >= first, sequence - first < UInt64(entries.count) else { return nil }
        return entries[Int(sequence - first)]
    }

    mutating func remove(through sequence: UInt64) {
        while let first = firstSequence, first <= sequence, let entry = entries.popFirst() {
            byteCount -= entry.block.byteCount
        }
    }

    mutating func removeAll() {
        entries.removeAll()
        byteCount = 0
    }
}
