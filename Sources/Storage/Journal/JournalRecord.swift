import CStarlingKernels
import StarlingExperience

// A record of the journal, little-endian, its length a multiple of 8:
//
//   0  magic "SJR1"            24  index                      64  generation (of an unroll)
//   4  checksum of the rest    32  incarnation                68  first environment
//      of the head             40  ordinal                    72  update
//   8  bytes of the head       44  episodes, or bytes of      80  digest
//  12  bytes of the block          the reason of a leaving    88  first step
//  16  checksum of the block   48  produced                   96  noise key
//  20  kind                    56  sequence, through or      104  the actor's name; the reason or the episodes (return,
//  21  1: acting scalars           baseline                       length); the acting scalars (epsilon, temperature);
//  22  bytes of the name                                          zeros up to a multiple of 8; then the block
//
// Checksums are CRC-32C, begun from the segment's salt: a block that holds the bytes of a record is no record.

/// Writes and reads single records.
enum JournalRecord {
    static let magic: UInt32 = 0x3152_4A53
    static let fixedByteCount = 104
    /// Names and reasons are at most 4096 bytes on the wire, and an unroll has at most as many episodes as steps.
    static let headLimit = 1 << 24
    /// Blocks of the wire are at most 64 MiB.
    static let blockLimit = 64 << 20
    /// No run has so many entries, and no actor so many unrolls.
    private static let indexLimit: UInt64 = 1 << 62
    private static let sequenceLimit: UInt64 = 1 << 40

    private enum Kind: UInt8 {
        case joined = 1
        case left, forgotten, unroll, invalid, skipped, lost
    }

    /// Appends a record's head, zeros included; the block follows it.
    static func appendHead(of entry: JournalEntry, salt: UInt32, to bytes: inout [UInt8]) {
        let start = bytes.count
        let name = Array(entry.actor.instance.utf8.prefix(4096))
        let (kind, number) = code(entry.event)
        var tail: [UInt8] = []
        var tailCount = 0
        if case .left(let reason) = entry.event {
            tail = Array(reason.utf8.prefix(4096))
            tailCount = tail.count
        } else if let header = entry.unroll?.header {
            for episode in header.episodes {
                tail.append(little: episode.episodeReturn.bitPattern)
                tail.append(little: episode.length)
            }
            tailCount = header.episodes.count
            if header.scalars != ActingScalars() {
                tail.append(little: header.scalars.epsilon.bitPattern)
                tail.append(little: header.scalars.temperature.bitPattern)
            }
        }
        let headCount = (fixedByteCount + name.count + tail.count + 7) & ~7
        let block = entry.unroll?.block ?? UnsafeRawBufferPointer(start: nil, count: 0)
        let header = entry.unroll?.header
        bytes.append(little: magic)
        bytes.append(little: UInt32(0))
        bytes.append(little: UInt32(headCount))
        bytes.append(little: UInt32(block.count))
        bytes.append(little: checksum(block, salt))
        bytes.append(kind.rawValue)
        bytes.append((header?.scalars ?? ActingScalars()) == ActingScalars() ? 0 : 1)
        bytes.append(little: UInt16(name.count))
        bytes.append(little: entry.index)
        bytes.append(little: entry.actor.incarnation)
        bytes.append(little: entry.actor.ordinal)
        bytes.append(little: UInt32(tailCount))
        bytes.append(little: entry.produced)
        bytes.append(little: number)
        bytes.append(little: header?.version.generation ?? 0)
        bytes.append(little: header?.firstEnvironment ?? 0)
        bytes.append(little: header?.version.update ?? 0)
        bytes.append(little: header?.digest ?? 0)
        bytes.append(little: header?.firstStep ?? 0)
        bytes.append(little: header?.noiseKey ?? 0)
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: tail)
        while bytes.count - start < headCount { bytes.append(0) }
        let sum = bytes.withUnsafeBytes { checksum(UnsafeRawBufferPointer(rebasing: $0[(start + 8)...]), salt) }
        for place in 0..<4 { bytes[start + 4 + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place))) }
    }

    /// Zeros after a block, up to a multiple of 8.
    static func padding(_ blockCount: Int) -> Int { -blockCount & 7 }

    /// Size of the head at the beginning of these bytes and of the whole record; nil when it is no head, or not whole.
    static func sizes(at bytes: UnsafeRawBufferPointer, salt: UInt32) -> (head: Int, record: Int)? {
        guard bytes.count >= fixedByteCount, bytes.little(0, UInt32.self) == magic else { return nil }
        let head = Int(bytes.little(8, UInt32.self))
        guard head >= fixedByteCount, head <= min(headLimit, bytes.count), head % 8 == 0 else { return nil }
        let sum = checksum(UnsafeRawBufferPointer(rebasing: bytes[8..<head]), salt)
        guard sum == bytes.little(4, UInt32.self) else { return nil }
        let block = Int(bytes.little(12, UInt32.self))
        guard block <= blockLimit else { return nil }
        return (head, head + block + padding(block))
    }

    /// What a head says, whose checksum is right; nil when it is of a kind that this build doesn't know. The unroll's
    /// block is empty.
    static func entry(of head: UnsafeRawBufferPointer) -> JournalEntry? {
        guard let kind = Kind(rawValue: head[20]) else { return nil }
        let nameEnd = fixedByteCount + Int(head.little(22, UInt16.self))
        let tailCount = Int(head.little(44, UInt32.self))
        let hasScalars = kind == .unroll && head[21] == 1
        let tailBytes = kind == .unroll ? 8 * (tailCount + (hasScalars ? 1 : 0)) : kind == .left ? tailCount : 0
        guard nameEnd + tailBytes <= head.count else { return nil }
        let actor = ActorIdentity(
            ordinal: head.little(40, UInt32.self),
            instance: String(decoding: head[fixedByteCount..<nameEnd], as: UTF8.self),
            incarnation: head.little(32, UInt64.self))
        let number = head.little(56, UInt64.self)
        let produced = head.little(48, UInt64.self)
        let index = head.little(24, UInt64.self)
        // Sums and differences of them never overflow.
        guard index < indexLimit, max(number, produced) <= sequenceLimit else { return nil }
        var entry = JournalEntry(
            index: index, actor: actor, produced: produced, event: .forgotten)
        switch kind {
        case .joined: entry.event = .joined(baseline: number)
        case .left: entry.event = .left(reason: String(decoding: head[nameEnd..<nameEnd + tailCount], as: UTF8.self))
        case .forgotten: break
        case .invalid: entry.event = .invalid(sequence: number)
        case .skipped: entry.event = .skipped(through: number)
        case .lost: entry.event = .lost(through: number)
        case .unroll:
            entry.event = .unroll(sequence: number)
            let episodes = (0..<tailCount).map { place in
                UnrollHeader.Episode(
                    episodeReturn: Float(bitPattern: head.little(nameEnd + 8 * place, UInt32.self)),
                    length: head.little(nameEnd + 8 * place + 4, UInt32.self))
            }
            var header = UnrollHeader(
                sequence: number,
                version: ParameterVersion(
                    generation: head.little(64, UInt32.self), update: head.little(72, UInt64.self)),
                digest: head.little(80, UInt64.self), firstStep: head.little(88, UInt64.self),
                firstEnvironment: head.little(68, UInt32.self), noiseKey: head.little(96, UInt64.self),
                episodes: episodes)
            if hasScalars {
                let place = nameEnd + 8 * tailCount
                header.scalars = ActingScalars(
                    epsilon: Float(bitPattern: head.little(place, UInt32.self)),
                    temperature: Float(bitPattern: head.little(place + 4, UInt32.self)))
            }
            // Builds before protocol 3 took what no learner has made.
            guard header.version.update <= ParameterVersion.updateLimit else {
                entry.event = .invalid(sequence: number)
                break
            }
            entry.unroll = JournaledUnroll(
                header: header, block: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
        }
        return entry.event.through == 0 ? nil : entry
    }

    /// Whether a whole record's block is as it was written.
    static func blockIsGood(_ record: UnsafeRawBufferPointer, head: Int, salt: UInt32) -> Bool {
        let block = record[head..<head + Int(record.little(12, UInt32.self))]
        return checksum(UnsafeRawBufferPointer(rebasing: block), salt) == record.little(16, UInt32.self)
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer, _ salt: UInt32) -> UInt32 {
        guard let base = bytes.baseAddress else { return salt }
        return starling_crc32c(salt, base, bytes.count)
    }

    private static func code(_ event: JournalEntry.Event) -> (Kind, UInt64) {
        switch event {
        case .joined(let baseline): (.joined, baseline)
        case .left: (.left, 0)
        case .forgotten: (.forgotten, 0)
        case .unroll(let sequence): (.unroll, sequence)
        case .invalid(let sequence): (.invalid, sequence)
        case .skipped(let through): (.skipped, through)
        case .lost(let through): (.lost, through)
        }
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(little number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    func little<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Number.Type) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
