import Foundation
package import StarlingLearning
package import StarlingThreads
import Synchronization

/// What the user sees: on a terminal a panel that is redrawn in place, into a pipe or a file plain lines. Other lines go
/// through here too, so that they come out above the panel and don't tear it.
package final class Console: LearnerMonitor {
    private let terminal: Terminal
    private let logDescriptor: Int32
    /// Takes what would be shown, where programs read instead of people.
    private let lines: (@Sendable (String) -> Void)?
    private let panel: Panel
    private let state = Mutex(State())

    private struct State: Sendable {
        var history = ReturnHistory()
        var rate = RecentRate()
        var report: LearnerReport?
        /// Lines on the screen now, for going back over them.
        var drawn: [PanelLine] = []
        var lastDrawn: Deadline?
        /// The last report that got a plain line.
        var printed: LearnerReport?
        var hasFinished = false
    }

    /// Seconds between drawings of the panel.
    private static let panelInterval = 0.1
    /// Seconds between plain lines: in the first minute, and then.
    private static let plainIntervals = (first: 2.0, later: 5.0)

    /// - Parameters:
    ///   - title: what is trained where.
    ///   - output: standard output, or what a test gives.
    ///   - log: where log lines go when no panel can be drawn.
    ///   - lines: takes every line of the program's own output instead of `output`; then there is no panel.
    ///   - environment: TERM, NO_COLOR and the locale decide what is drawn.
    package init(
        title: String, output: Int32 = STDOUT_FILENO, log: Int32 = STDERR_FILENO,
        lines: (@Sendable (String) -> Void)? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        panel = Panel(title: title)
        terminal = Terminal(lines == nil ? output : -1, environment: environment)
        logDescriptor = log
        self.lines = lines
    }

    package func record(_ report: LearnerReport) { record(report, at: .now) }

    /// `now` rules how often something is drawn.
    package func record(_ report: LearnerReport, at now: Deadline) {
        state.withLock { state in
            if let mean = report.meanReturn { state.history.append(mean) }
            let report = report.keepingNumbers(of: state.report, rate: state.rate.value(with: report))
            state.report = report
            let plainInterval = report.wallSeconds < 60 ? Self.plainIntervals.first : Self.plainIntervals.later
            let interval = terminal.isLive ? Self.panelInterval : plainInterval
            if let last = state.lastDrawn, now.seconds(since: last) < interval { return }
            state.lastDrawn = now
            if terminal.isLive {
                redraw(&state)
            } else {
                show(Panel.plainLine(report))
                state.printed = report
            }
        }
    }

    /// A line of the program's own output.
    package func print(_ line: String) {
        if let lines { lines(line) } else { write(line, descriptor: terminal.descriptor) }
    }

    private func show(_ line: String) {
        if let lines { lines(line) } else { terminal.write(line + "\n") }
    }

    /// A line of the log: above the panel, or to standard error when there is none.
    package func log(_ line: String) { write(line, descriptor: terminal.isLive ? terminal.descriptor : logDescriptor) }

    /// Leaves the last state of the run on the screen; what is printed later comes below it.
    package func finish() {
        state.withLock { state in
            guard !state.hasFinished else { return }
            state.hasFinished = true
            guard let report = state.report else { return }
            if terminal.isLive {
                redraw(&state)
                terminal.write("\n")
                state.drawn = []
            } else if report != state.printed {
                show(Panel.plainLine(report))
            }
        }
    }

    private func write(_ line: String, descriptor: Int32) {
        state.withLock { state in
            guard !state.drawn.isEmpty else {
                Terminal.write(line + "\n", to: descriptor)
                return
            }
            redraw(&state, above: line)
        }
    }

    /// Goes back over the old panel and draws the new one, in one write, so that nothing flickers.
    private func redraw(_ state: inout State, above line: String? = nil) {
        guard let report = state.report else { return }
        let size = terminal.size
        let style = Panel.Style(width: size.width - 1, height: size.height - 1, unicode: terminal.isUnicode)
        let lines = panel.lines(history: state.history, report: report, style: style)
        var text = Self.beginUpdate
        // A terminal that was made narrower has wrapped the old lines.
        let rows = state.drawn.reduce(0) { $0 + max(1, ($1.width + size.width - 1) / size.width) }
        if rows > 0 { text += "\u{1B}[\(rows)A\r\u{1B}[J" }
        if let line { text += line + "\n" }
        for line in lines { text += line.rendered(colored: terminal.isColored, unicode: terminal.isUnicode) + "\n" }
        terminal.write(text + Self.endUpdate)
        state.drawn = lines
    }

    /// Synchronised output: terminals that know it show the new panel at once, the others pass over it.
    private static let beginUpdate = "\u{1B}[?2026h"
    private static let endUpdate = "\u{1B}[?2026l"
}
