import CStarlingKernels
package import StarlingExperience

/// What a segment file begins with, twice: one copy may be damaged.
struct SegmentHeader: Hashable {
    static let magic: UInt64 = 0x314C_4E52_4A54_5253  // "SRTJRNL1"
    static let format: UInt32 = 1
    static let copyByteCount = 64
    static let byteCount = 128

    var number: UInt64
    var generation: UInt32
    /// What the segment's checksums begin from.
    var salt: UInt32
    var run: UInt64

    var bytes: [UInt8] {
        var copy: [UInt8] = []
        copy.append(little: Self.magic)
        copy.append(little: Self.format)
        copy.append(little: UInt32(0))
        copy.append(little: number)
        copy.append(little: run)
        copy.append(little: generation)
        copy.append(little: salt)
        while copy.count < Self.copyByteCount { copy.append(0) }
        let sum = copy.withUnsafeBytes { Self.checksum($0) }
        for place in 0..<4 { copy[12 + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place))) }
        return copy + copy
    }

    /// - Returns: nil when neither copy is good.
    init?(_ bytes: UnsafeRawBufferPointer) {
        for start in [0, Self.copyByteCount] where bytes.count >= start + Self.copyByteCount {
            let copy = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.copyByteCount])
            guard copy.little(0, UInt64.self) == Self.magic, copy.little(8, UInt32.self) == Self.format,
                copy.little(12, UInt32.self) == Self.checksum(copy)
            else { continue }
            self.init(
                number: copy.little(16, UInt64.self), generation: copy.little(32, UInt32.self),
                salt: copy.little(36, UInt32.self), run: copy.little(24, UInt64.self))
            return
        }
        return nil
    }

    init(number: UInt64, generation: UInt32, salt: UInt32, run: UInt64) {
        self.number = number
        self.generation = generation
        self.salt = salt
        self.run = run
    }

    /// Of a copy, its own checksum left out.
    private static func checksum(_ copy: UnsafeRawBufferPointer) -> UInt32 {
        starling_crc32c(starling_crc32c(0, copy.baseAddress!, 12), copy.baseAddress! + 16, copy.count - 16)
    }
}

/// Reads a segment's bytes from front to back. A damaged record costs itself only: the next one is found by its head.
package struct SegmentParser {
    package enum Item {
        /// A whole record, and the bytes of its block.
        case record(JournalEntry, block: Range<Int>)
        /// Bytes that are no record; `entry` where the head is good and only the block is damaged.
        case damaged(Range<Int>, entry: JournalEntry?)
        /// The end, where a record was begun and not finished, or damaged beyond knowing.
        case torn(Range<Int>)
    }

    private let bytes: UnsafeRawBufferPointer
    private let salt: UInt32
    private var offset: Int

    /// - Returns: nil when the segment's own header is damaged.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard let header = SegmentHeader(bytes) else { return nil }
        self.bytes = bytes
        salt = header.salt
        offset = min(SegmentHeader.byteCount, bytes.count)
    }

    package mutating func next() -> Item? {
        guard offset < bytes.count else { return nil }
        let start = offset
        guard let sizes = JournalRecord.sizes(at: rest(from: start), salt: salt) else { return skipDamage(from: start) }
        let end = start + sizes.record
        // The block of the last record didn't get to the file.
        guard end <= bytes.count else { return finish(.torn(start..<bytes.count)) }
        offset = end
        let record = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        let entry = JournalRecord.entry(of: UnsafeRawBufferPointer(rebasing: record[..<sizes.head]))
        guard let entry, JournalRecord.blockIsGood(record, head: sizes.head, salt: salt) else {
            return .damaged(start..<end, entry: entry)
        }
        let blockCount = Int(record.little(12, UInt32.self))
        return .record(entry, block: start + sizes.head..<start + sizes.head + blockCount)
    }

    private mutating func skipDamage(from start: Int) -> Item {
        var place = start + 8
        while place + JournalRecord.fixedByteCount <= bytes.count {
            if JournalRecord.sizes(at: rest(from: place), salt: salt) != nil {
                offset = place
                return .damaged(start..<place, entry: nil)
            }
            place += 8
        }
        return finish(.torn(start..<bytes.count))
    }

    private mutating func finish(_ item: Item) -> Item {
        offset = bytes.count
        return item
    }

    private func rest(from start: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[start...]) }
}
