import Glibc
import Logging
import StarlingExperience
import StarlingThreads

/// What a worker writes to its output and errors, as lines of the log; not more of them than somebody reads.
struct WorkerOutput {
    let descriptor: Int32
    private let logger: Logger
    private let title: String
    private var unfinished: [UInt8] = []
    private var window = Deadline.now
    private var linesLeft = Self.linesPerWindow
    private var withheld = 0
    /// The last line, for who wants to know what a process said before its end.
    private(set) var lastWords = ""

    private static let linesPerWindow = 20
    private static let windowSeconds = 10.0
    private static let lineByteLimit = 500

    init(_ descriptor: Int32, title: String, logger: Logger) {
        (self.descriptor, self.title, self.logger) = (descriptor, title, logger)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Takes what there is; never waits.
    mutating func drain() {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            // So much at a time: who writes without end shall not keep us here.
            for _ in 0..<64 {
                let count = read(descriptor, buffer.baseAddress!, buffer.count)
                guard count > 0 else { return }
                for byte in buffer[..<count] {
                    if byte == UInt8(ascii: "\n") {
                        pass()
                    } else if unfinished.count < Self.lineByteLimit {
                        unfinished.append(byte)
                    }
                }
            }
        }
    }

    mutating func close() {
        drain()
        if !unfinished.isEmpty { pass() }
        tellWithheld()
        Glibc.close(descriptor)
    }

    private mutating func pass() {
        let line = PrintableText.escaped(String(decoding: unfinished, as: UTF8.self))
        unfinished.removeAll(keepingCapacity: true)
        lastWords = line
        if window.isPast {
            tellWithheld()
            window = .after(seconds: Self.windowSeconds)
            linesLeft = Self.linesPerWindow
        }
        guard linesLeft > 0 else {
            withheld += 1
            return
        }
        linesLeft -= 1
        logger.info("\(title) says: \(line)")
    }

    private mutating func tellWithheld() {
        if withheld > 0 { logger.info("\(title) says \(withheld) lines more") }
        withheld = 0
    }
}
