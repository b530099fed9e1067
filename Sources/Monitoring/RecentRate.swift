package import StarlingLearning

/// Frames per second as people see them: over the last seconds, because an update may take longer than it is from report to report.
package struct RecentRate: Sendable {
    /// Reports with which frames were new.
    private var marks: [(seconds: Double, frames: UInt64)] = []

    private static let window = 10.0

    package init() {}

    /// - Returns: nil until frames have been new twice.
    package mutating func value(with report: LearnerReport) -> Double? {
        let now = report.wallSeconds
        if marks.last?.frames != report.frames { marks.append((now, report.frames)) }
        while marks.count > 2, now - marks[0].seconds > Self.window { marks.removeFirst() }
        guard let first = marks.first, let last = marks.last, last.seconds > first.seconds, last.frames > first.frames else { return nil }
        // Where it has stopped the rate goes down.
        return Double(last.frames - first.frames) / max(last.seconds - first.seconds, now - last.seconds)
    }
}
