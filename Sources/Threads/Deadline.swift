import Glibc

/// A point on the monotonic clock by which a wait must end. Never the wall clock: that one jumps.
public struct Deadline: Hashable, Comparable, Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The present.
    public static var now: Deadline {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Deadline(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// This many seconds from now, at most a hundred years.
    public static func after(seconds: Double) -> Deadline { now.advanced(seconds: seconds) }

    /// So many seconds later, at most a hundred years.
    public func advanced(seconds: Double) -> Deadline {
        Deadline(nanoseconds: nanoseconds &+ UInt64(min(max(0, seconds), 3.2e9) * 1e9))
    }

    public static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Seconds from `earlier` to this; negative when this is earlier.
    public func seconds(since earlier: Deadline) -> Double {
        Double(Int64(bitPattern: nanoseconds &- earlier.nanoseconds)) / 1e9
    }

    /// Seconds that are left, at least 0.
    public var remainingSeconds: Double { max(0, seconds(since: .now)) }
    /// Whether it is over.
    public var isPast: Bool { Deadline.now >= self }
}
