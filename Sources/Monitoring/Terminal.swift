import Foundation

/// An output and what it can show.
package struct Terminal: Sendable {
    package let descriptor: Int32
    /// Whether a panel can be drawn over and over in one place.
    package let isLive: Bool
    package let isColored: Bool
    let isUnicode: Bool

    package init(_ descriptor: Int32, environment: [String: String]) {
        self.descriptor = descriptor
        isLive = isatty(descriptor) == 1 && ![nil, "", "dumb"].contains(environment["TERM"])
        // https://no-color.org: set and not empty, to whatever.
        isColored = isLive && (environment["NO_COLOR"] ?? "").isEmpty
        // A locale says what it can; without one, today's terminals can.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        isUnicode = locale.map { $0.uppercased().contains("UTF-8") || $0.uppercased().contains("UTF8") } ?? true
    }

    /// Columns of what people read: those of a terminal, and 80 elsewhere.
    package static var width: Int {
        let output = Terminal(STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
        return output.isLive ? output.size.width : 80
    }

    /// Columns of tables: what is read by a program, or kept in a file, has every row in one line.
    package static var tableWidth: Int {
        let output = Terminal(STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
        return output.isLive ? output.size.width : .max
    }

    /// Columns and rows now; 80 × 24 when the terminal doesn't say.
    package var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes everything, or gives up when nobody reads for a second or the reader is gone: what stands on a screen is
    /// no reason to hold up a run.
    package func write(_ text: String) { Self.write(text, to: descriptor) }

    static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let polled = poll(&ready, 1, 1000)
            if polled < 0 && errno == EINTR { continue }
            guard polled > 0 else { return }
            // No more than a pipe takes at once after it said it has room.
            let size = min(bytes.count - written, 4096)
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, size) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
