import StarlingExperience
import StarlingMessages
import StarlingThreads

/// A parameter blob on its way, piece after piece. Pieces of a connection come in the order they were asked for, so
/// what is here is always a beginning of the blob; memory grows with what came, not with what was promised.
struct Download {
    /// Pieces asked for and not here.
    static let windowCount = 4

    let announcement: Announcement
    private(set) var bytes: [UInt8] = []
    private var requested: UInt64 = 0
    let started: Deadline
    var lastProgress: Deadline

    /// - Parameter beginning: bytes of the blob that are on their way without having been asked for.
    init(_ announcement: Announcement, beginning: UInt64 = 0, at now: Deadline) {
        self.announcement = announcement
        requested = beginning
        started = now
        lastProgress = now
    }

    /// The next piece to ask for, or nil when the window is full or all is asked for.
    mutating func nextPull(session: UInt64) -> Pull? {
        let size = UInt64(WireLimits.frameByteCount)
        guard requested < announcement.byteCount, requested < UInt64(bytes.count) + size * UInt64(Self.windowCount)
        else { return nil }
        let count = min(size, announcement.byteCount - requested)
        defer { requested += count }
        return Pull(session: session, version: announcement.version, offset: requested, count: UInt32(count))
    }

    /// Adds a piece.
    /// - Returns: false when it is not the one that must come next.
    mutating func add(_ header: WeightsHeader, _ piece: UnsafeRawBufferPointer, at now: Deadline) -> Bool {
        let size = UInt64(WireLimits.frameByteCount)
        let expected = min(size, announcement.byteCount - UInt64(bytes.count))
        guard header.of == announcement, header.offset == UInt64(bytes.count), UInt64(header.count) == expected,
            piece.count == Int(header.count)
        else { return false }
        bytes.append(contentsOf: piece)
        lastProgress = now
        return true
    }

    var isComplete: Bool { UInt64(bytes.count) == announcement.byteCount }
}
