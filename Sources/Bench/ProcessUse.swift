import Glibc
import StarlingThreads

/// What processes of this machine have used.
enum ProcessUse {
    /// CPU seconds of this process.
    static var seconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// CPU seconds of another process; 0 when it is gone.
    static func seconds(of process: Int32) -> Double {
        var clock = clockid_t()
        guard clock_getcpuclockid(process, &clock) == 0 else { return 0 }
        return seconds(clock)
    }

    /// CPU seconds of this process's threads by their names; those of one name together.
    static var threadSeconds: [String: Double] {
        guard let folder = opendir("/proc/self/task") else { return [:] }
        defer { closedir(folder) }
        var seconds: [String: Double] = [:]
        while let entry = readdir(folder) {
            let number = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard Int(number) != nil else { continue }
            // Nanoseconds on a core come first, to the nanosecond; `stat` has hundredths of seconds.
            let words = SmallFile.line(of: "/proc/self/task/\(number)/schedstat").split(separator: " ")
            guard let nanoseconds = words.first.flatMap({ Double($0) }) else { continue }
            let name = SmallFile.line(of: "/proc/self/task/\(number)/comm")
            seconds[name, default: 0] += 1e-9 * nanoseconds
        }
        return seconds
    }

    /// Bytes of this process that are in memory.
    static var residentByteCount: Int {
        let words = SmallFile.line(of: "/proc/self/statm").split(separator: " ")
        guard words.count > 1, let pages = Int(words[1]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
