import CStarlingSystemCalls
import Glibc

/// Writes once a second how much memory this process uses, for the soak test: a program's own books can't be read from
/// outside of it.
///
/// Rows are `seconds live-heap resident`, bytes both: what malloc gave and did not get back (mallinfo2), and what
/// /proc/self/statm calls resident.
public enum HeapLog {
    /// Begins if STARLING_HEAP_LOG names a directory; the file there has the process's number for a name.
    public static func startIfAsked() {
        guard let folder = getenv("STARLING_HEAP_LOG") else { return }
        let path = "\(String(cString: folder))/\(getpid())"
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Path(path))
        pthread_create(
            &thread, nil,
            { argument in
                HeapLog.write(Unmanaged<Path>.fromOpaque(argument!).takeRetainedValue().text)
                return nil
            }, context.toOpaque())
    }

    private final class Path {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private static func write(_ path: String) {
        // Signals are taken by threads that wait for them.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        var time = timespec()
        while descriptor >= 0 {
            clock_gettime(CLOCK_MONOTONIC, &time)
            let row = "\(time.tv_sec).\(time.tv_nsec / 100_000_000) \(starling_live_heap()) \(resident())\n"
            _ = row.withCString { Glibc.write(descriptor, $0, strlen($0)) }
            sleep(1)
        }
    }

    private static func resident() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard fgets(&buffer, 128, file) != nil else { return 0 }
        let fields = buffer.split(separator: 32)
        return fields.count > 1 ? (fields[1].reduce(0) { $0 * 10 + Int($1 - 48) }) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }
}
