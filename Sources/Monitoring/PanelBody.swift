import StarlingLearning
import StarlingMetrics
import StarlingTransport

/// The parts of the panel. Every part begins in column 1: a margin calms.
struct PanelBody {
    let report: LearnerReport
    let history: ReturnHistory
    let width: Int
    let unicode: Bool

    private var separator: String { unicode ? " · " : " - " }

    func header(_ title: String) -> PanelLine {
        var line = PanelLine(" ")
        line.append(title, .strong)
        let time = Quantity.duration(report.wallSeconds)
        line = line.clipped(to: max(0, width - time.count - 2))
        line.pad(to: width - time.count - 1)
        line.append(time, .label)
        return line
    }

    /// The return's curve with its heading; one row is a sparkline beside the number.
    func curve(height: Int) -> [PanelLine] {
        var heading = PanelLine(" ")
        heading.append("return ", .label)
        guard let mean = report.meanReturn else {
            heading.append(report.frames == 0 ? "waiting for experience" : "no episode has ended yet", .label)
            return [heading] + Array(repeating: PanelLine(), count: height == 1 ? 0 : height)
        }
        let isReached = report.goal.map { mean >= $0 } ?? false
        heading.append(Quantity.meanReturn(mean), isReached ? .good : .strong)
        if let goal = report.goal { heading.append("\(separator)goal \(Quantity.trimmed(goal))", .label) }
        if let evaluation = report.evaluation {
            let mean = Quantity.meanReturn(evaluation.mean)
            heading.append("\(separator)evaluated \(mean) in \(evaluation.episodes) episodes", .label)
        }
        let role = isReached ? TextRole.good : .accent
        guard height > 1 else {
            heading.append("  ")
            let values = history.resampled(to: max(0, min(40, width - heading.width - 1)))
            heading.append(Sparkline.rows(values, height: 1, range: range(of: values), unicode: unicode)[0], role)
            return [heading]
        }
        return [heading] + chart(height: height, role: role)
    }

    private func chart(height: Int, role: TextRole) -> [PanelLine] {
        let axis = 8
        let values = history.resampled(to: max(0, width - axis - 2))
        let range = range(of: values)
        let rows = Sparkline.rows(values, height: height, range: range, unicode: unicode)
        let goalRow = report.goal.map { height - 1 - (Sparkline.level(of: $0, in: range, height: height) - 1) / 8 }
        return rows.enumerated().map { index, row in
            let label =
                index == goalRow
                ? Quantity.trimmed(report.goal ?? 0)
                : index == 0
                    ? Quantity.trimmed(range.upperBound)
                    : index == height - 1 ? Quantity.trimmed(range.lowerBound) : ""
            var line = PanelLine(String(repeating: " ", count: max(0, axis - 2 - label.count)))
            line.append(label, .label)
            line.append(unicode ? " ▏" : " |", .label)
            guard index == goalRow else {
                line.append(row, role)
                return line
            }
            // The goal shows where the curve leaves room for it.
            for glyph in row {
                if glyph == " " { line.append(unicode ? "┄" : ".", .label) } else { line.append(String(glyph), role) }
            }
            return line
        }
    }

    /// From the lowest value to the highest, the goal included so that the way to it shows.
    private func range(of values: [Double]) -> ClosedRange<Double> {
        let all = (values + [report.goal].compactMap { $0 }).filter(\.isFinite)
        guard let low = all.min(), let high = all.max(), low < high, (high - low).isFinite else { return 0...1 }
        return low...high
    }

    /// Names and values in as many columns as fit.
    func grid() -> [PanelLine] {
        let cells = self.cells
        return stride(from: 0, to: cells.count, by: columns).map { start in
            var line = PanelLine(" ")
            for (column, cell) in cells[start..<min(start + columns, cells.count)].enumerated() {
                line.pad(to: 1 + column * columnWidth)
                line.append(cell.name.padding(to: Self.nameWidth), .label)
                line.append(PanelLine(cell.value).clipped(to: valueWidth))
            }
            return line
        }
    }

    private static let nameWidth = 12
    private var columns: Int { max(1, min(3, width / 26)) }
    private var columnWidth: Int { (width - 1) / columns }
    private var valueWidth: Int { columnWidth - Self.nameWidth - (columns > 1 ? 1 : 0) }

    private var cells: [(name: String, value: String)] {
        let lags = "\(Quantity.trimmed(report.policyLag.median)), max \(Quantity.trimmed(report.policyLag.maximum))"
        return [
            ("frames", Quantity.grouped(report.frames)),
            ("speed", "\(Quantity.grouped(UInt64(clamping: report.framesPerSecond))) /s"),
            timeLeft,
            ("actors", "\(report.actorsAlive) alive" + (report.actorsIdle > 0 ? ", \(report.actorsIdle) idle" : waiting)),
            ("policy lag", report.update == 0 || report.policyLag.median.isNaN ? "—" : lags),
            ("queue", "\(report.queuedUnrolls) \(report.queuedUnrolls == 1 ? "unroll" : "unrolls")"),
        ] + report.metrics.all.compactMap(declared)
    }

    private var timeLeft: (name: String, value: String) {
        if let ending = report.ending { return ("ended", ending) }
        guard report.isTraining else { return ("time left", "evaluating") }
        return ("time left", report.secondsLeft.map(Quantity.duration) ?? (report.frameLimit == nil ? "no limit" : "—"))
    }

    private var waiting: String {
        guard let limit = report.lagLimit, limit.waitingActors > 0 else { return "" }
        return ", \(limit.waitingActors) wait"
    }

    private func declared(_ metric: Metric) -> (name: String, value: String)? {
        guard let cell = metric.cell else { return nil }
        let value = report.metrics[metric]
        guard !value.isNaN else { return (cell.label, "—") }
        let text = metric.kind == .count ? Quantity.trimmed(value) : Quantity.significant(value)
        return (cell.label, cell.suffix.isEmpty ? text : "\(text) \(cell.suffix)")
    }

    /// A bar to the frame limit; nothing without one.
    func progress() -> [PanelLine] {
        guard let limit = report.frameLimit, limit > 0 else { return [] }
        let part = min(1, Double(report.frames) / Double(limit))
        let percent = "\(Int((part * 100).rounded(.down))) % of \(Quantity.short(limit))"
        let room = max(0, width - percent.count - 4)
        let filled = Int((part * Double(room)).rounded(.down))
        var line = PanelLine(" ")
        line.append(String(repeating: unicode ? "━" : "=", count: filled), .accent)
        line.append(String(repeating: unicode ? "─" : "-", count: room - filled), .label)
        line.append("  " + percent, .label)
        return [line]
    }

    /// What the user should know of.
    func notices() -> [PanelLine] {
        var notices: [String] = []
        let ratio = report.metrics[.maximumLogRatioAtLagZero]
        if ratio > LearnerReport.logRatioAlarm {
            notices.append("acting and training disagree: |log ratio| \(Quantity.significant(ratio)) at lag 0")
        }
        if report.actorsAlive == 0, report.frames > 0 { notices.append("no actor is connected") }
        if report.actorsIdle > 0 { notices.append("holding credit and sending nothing: \(report.idleNames)") }
        if let limit = report.lagLimit { notices.append(limit.brief) }
        if let limit = report.flowLimit { notices.append(limit.brief) }
        return notices.map { notice in
            var line = PanelLine(unicode ? " ▲ " : " ! ", .warning)
            line.append(notice, .warning)
            return line
        }
    }
}

extension String {
    package func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    package func leading(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
