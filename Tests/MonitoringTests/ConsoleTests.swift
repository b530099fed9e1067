import Foundation
import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingThreads
import Testing

/// A pseudo-terminal of 80 × 24: what is written to `terminal` is read from `screen`.
struct PseudoTerminal {
    let screen: Int32
    let terminal: Int32

    init() throws {
        var ends: (screen: Int32, terminal: Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&ends.screen, &ends.terminal, nil, nil, &size) == 0)
        (screen, terminal) = ends
    }

    func close() {
        Glibc.close(terminal)
        Glibc.close(screen)
    }

    /// Everything written so far.
    func read() -> String { drain(screen) }
}

/// What can be read without waiting.
func drain(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&ready, 1, 20) == 1, ready.revents & Int16(POLLIN) != 0 {
        var part = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &part, part.count)
        guard count > 0 else { break }
        bytes += part[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

@Suite struct ConsoleTests {
    let environment = ["TERM": "xterm", "LANG": "C.UTF-8"]

    @Test func logLinesStandAboveOnePanelAndDoNotTearIt() throws {
        let pseudo = try PseudoTerminal()
        defer { pseudo.close() }
        var screen = Screen()
        let console = Console(title: "cartpole", output: pseudo.terminal, log: -1, environment: environment)
        console.log("before the first report")
        let start = Deadline.now
        for tick in 0..<20 {
            var report = fullReport()
            report.wallSeconds = Double(tick)
            // The panel grows and shrinks by an alarm.
            report.actorsAlive = tick % 3 == 0 ? 0 : 4
            console.record(report, at: start.advanced(seconds: Double(tick)))
            if tick % 5 == 0 { console.log("log \(tick)") }
            screen.show(pseudo.read())
        }
        console.finish()
        console.print("the end")
        screen.show(pseudo.read())

        let lines = screen.lines
        #expect(Array(lines.prefix(5)) == ["before the first report", "log 0", "log 5", "log 10", "log 15"])
        #expect(lines[5].hasPrefix(" cartpole") && lines[5].hasSuffix("0:19"))
        #expect(lines.filter { $0.contains("cartpole") }.count == 1)
        #expect(lines.filter { $0.contains("time left") }.count == 1)
        #expect(lines.suffix(3) == ["", "the end", ""])
    }

    /// What the evaluation at the end has no numbers of stays as it was, and how it ended is said.
    @Test func theLastPanelKeepsItsNumbersAndSaysHowItEnded() throws {
        let pseudo = try PseudoTerminal()
        defer { pseudo.close() }
        var screen = Screen()
        let console = Console(title: "cartpole", output: pseudo.terminal, log: -1, environment: environment)
        console.record(fullReport())
        var last = fullReport()
        (last.isTraining, last.ending, last.secondsLeft, last.framesPerSecond) = (false, "goal reached", nil, 0)
        last.metrics = MetricValues(of: allMetrics)
        (last.policyLag.median, last.policyLag.maximum) = (.nan, .nan)
        console.record(last)
        console.finish()
        screen.show(pseudo.read())
        let shown = screen.lines.joined(separator: "\n")
        for part in ["ended       goal reached", "VAE loss    2.60", "1, max 5", "2,497 /s"] { #expect(shown.contains(part), "\(part)") }
        #expect(!shown.contains("—"))
    }

    @Test func panelIsNotDrawnMoreThanTenTimesASecond() throws {
        let pseudo = try PseudoTerminal()
        defer { pseudo.close() }
        let console = Console(title: "cartpole", output: pseudo.terminal, log: -1, environment: environment)
        let start = Deadline.now
        var drawn = 0
        for tick in 0..<50 {
            console.record(fullReport(), at: start.advanced(seconds: Double(tick) * 0.02))
            drawn += pseudo.read().components(separatedBy: "time left").count - 1
        }
        #expect((9...11).contains(drawn))
    }

    @Test func noColorIsRespected() throws {
        for (value, isColored) in [("1", false), ("", true)] {
            let pseudo = try PseudoTerminal()
            defer { pseudo.close() }
            let console = Console(
                title: "x", output: pseudo.terminal, log: -1,
                environment: environment.merging(["NO_COLOR": value]) { $1 })
            console.record(fullReport())
            #expect(pseudo.read().contains("\u{1B}[36m") == isColored)
        }
    }

    @Test func pipeGetsPlainLinesNowAndThenAndTheLast() throws {
        var output: [Int32] = [0, 0]
        var log: [Int32] = [0, 0]
        #expect(pipe(&output) == 0 && pipe(&log) == 0)
        let console = Console(title: "x", output: output[1], log: log[1], environment: environment)
        let start = Deadline.now
        for tick in 0..<50 {
            var report = fullReport()
            report.wallSeconds = Double(tick) / 10
            report.frames = UInt64(tick)
            console.record(report, at: start.advanced(seconds: Double(tick) / 10))
        }
        console.log("a log line")
        console.finish()
        console.print("the end")
        let lines = drain(output[0]).split(separator: "\n")
        #expect(lines.map { $0.prefix(7) } == ["   0:00", "   0:02", "   0:04", "   0:04", "the end"])
        #expect(!lines.joined().contains("\u{1B}"))
        #expect(drain(log[0]) == "a log line\n")
        for descriptor in output + log { close(descriptor) }
    }

    @Test func readerWhoIsGoneDoesNotMatter() throws {
        signal(SIGPIPE, SIG_IGN)
        var output: [Int32] = [0, 0]
        #expect(pipe(&output) == 0)
        close(output[0])
        let console = Console(title: "x", output: output[1], log: output[1], environment: environment)
        console.record(fullReport())
        console.print("nobody reads this")
        console.finish()
        close(output[1])
    }
}
