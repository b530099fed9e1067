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

    /// When this process began, to a hundredth of a second; the present where the kernel doesn't tell.
    public static var processStart: Deadline {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return now }
        defer { close(file) }
        let count = read(file, &buffer, buffer.count)
        // The name in parentheses may hold anything; field 22, ticks since boot, is the 20th behind it.
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let ticks = UInt64(fields[19]) else { return now }
        var boot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        let age = Double(boot.tv_sec) + Double(boot.tv_nsec) / 1e9 - Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let present = now
        return Deadline(nanoseconds: present.nanoseconds - min(present.nanoseconds, UInt64(max(0, age) * 1e9)))
    }

    /// This many seconds from now, at most a hundred years.
    public static func after(seconds: Double) -> Deadline { now.advanced(seconds: seconds) }

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
    public var isPast: Bool { Deadline.now >= self }
}
