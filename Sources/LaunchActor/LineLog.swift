import Glibc
package import Logging
import StarlingExperience

/// Log lines on standard error: time, level where it matters, who, what.
package struct LineLog: LogHandler {
    package var logLevel: Logger.Level = .info
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a whole line without its end.
    package init(label: String, write: @escaping @Sendable (String) -> Void = LineLog.toStandardError) {
        self.label = label
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        localtime_r(&time.tv_sec, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        let mark = event.level >= .warning ? " \(event.level)" : ""
        // Whatever a name or a reason of others holds: one event, one line.
        write("\(clock)\(mark) \(label): \(PrintableText.escaped("\(event.message)"))")
    }

    package static let toStandardError: @Sendable (String) -> Void = { line in
        var bytes = Array((line + "\n").utf8)
        // One write a line: lines of several processes on one terminal don't mix.
        _ = bytes.withUnsafeMutableBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
