import Foundation
package import StarlingLearning
package import StarlingMetrics
package import StarlingStorage
import StarlingThreads
import Synchronization

/// `tensorboard/`: a run as TensorBoard reads it. Scalars of every column of a `MetricTable`, distributions of returns and policy lag, the
/// configuration as text and as hyperparameters, pictures; the step is environment steps. Every start of the learner has a file of its
/// own, which tells TensorBoard to forget what the start before it knows of more steps.
package final class TensorBoardFile: LearnerMonitor {
    /// What is told of a run at its beginning. Nothing secret.
    package struct Description: Sendable {
        /// In Markdown.
        package var configuration: String
        package var parameters: [(name: String, value: HyperParameter)]
        /// Runs that differ in their seeds alone share it.
        package var group: String
        package var generation: UInt32
        /// Environment steps that the run goes on from.
        package var frames: UInt64

        package init(
            configuration: String, parameters: [(name: String, value: HyperParameter)], group: String, generation: UInt32, frames: UInt64
        ) {
            self.configuration = configuration
            self.parameters = parameters
            self.group = group
            self.generation = generation
            self.frames = frames
        }
    }

    package struct Image: Sendable {
        let tag: String
        let width: Int
        let height: Int
        let png: [UInt8]

        package init(_ tag: String, width: Int, height: Int, png: [UInt8]) {
            (self.tag, self.width, self.height, self.png) = (tag, width, height, png)
        }
    }

    private struct State {
        let file: EventFile
        // A curve of a thousand points whether it is of a second or of a day, and a file of megabytes.
        var thinning = ReportThinning(longest: .infinity)
        /// When distributions are due, in seconds since the learner's start.
        var nextHistograms = 0.0
        var frames: UInt64
        var hasFailed = false
        let start = Deadline.now
        var nextImages: Deadline
    }

    private let table: MetricTable
    private let warn: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Of the time since the learner's start, what passes between two distributions, and between two pictures, at least.
    private static let share = 1e-2
    private let imageSeconds: Double

    /// - Parameters:
    ///   - imageSeconds: between pictures while the run goes on, at least.
    ///   - warn: is told once, with one line, when the file can't be written. The run goes on without it.
    /// - Returns: nil when there can be no such file, which is told.
    package init?(
        _ paths: RunPaths, _ declared: [Metric], _ description: Description, imageSeconds: Double = 60,
        warn: @escaping @Sendable (String) -> Void
    ) {
        table = MetricTable(declared)
        (self.imageSeconds, self.warn) = (imageSeconds, warn)
        let time = Date().timeIntervalSince1970
        do {
            try FileManager.default.createDirectory(atPath: paths.tensorBoard, withIntermediateDirectories: true)
            let file = try EventFile("\(paths.tensorBoard)/events.out.tfevents.\(Int(time)).starling.\(description.generation)")
            try Self.begin(file, description, time)
            state = Mutex(State(file: file, frames: description.frames, nextImages: .after(seconds: imageSeconds)))
        } catch {
            warn("TensorBoard's files are not written: \(error)")
            return nil
        }
    }

    private static func begin(_ file: EventFile, _ description: Description, _ time: Double) throws {
        try file.append(
            WireMessage { event in
                event.add(1, double: time)
                event.add(3, text: "brain.Event:2")
            })
        if description.generation > 1 {
            try file.append(
                WireMessage { event in
                    event.add(1, double: time)
                    event.add(2, integer: description.frames)
                    // A session that starts here: what lies beyond its step is forgotten.
                    event.add(7) { $0.add(1, integer: 1) }
                })
        }
        let values: [SummaryValue] = [
            .text("configuration", description.configuration),
            .sessionStart(description.parameters, group: description.group, time: time),
        ]
        try file.append(event(values, time: time, step: description.frames))
    }

    private static func event(_ values: [SummaryValue], time: Double, step: UInt64) -> WireMessage {
        WireMessage { event in
            event.add(1, double: time)
            event.add(2, integer: step)
            event.add(5) { summary in
                for value in values { summary.add(1, value.message) }
            }
        }
    }

    package func record(_ report: LearnerReport) {
        state.withLock { state in
            if let row = state.thinning.add(report) { write(row, &state) }
        }
    }

    /// What has not been written of the last report.
    package func finish() {
        state.withLock { state in
            guard let row = state.thinning.takeRest() else { return }
            state.nextHistograms = 0
            write(row, &state)
        }
    }

    private func write(_ report: LearnerReport, _ state: inout State) {
        state.frames = report.frames
        var values = table.scalars(report).map { SummaryValue.scalar($0.tag, $0.value) }
        if report.wallSeconds >= state.nextHistograms {
            state.nextHistograms = report.wallSeconds * (1 + Self.share)
            if !report.returns.isEmpty { values.append(.histogram("episodes/returns", HistogramBucket.buckets(of: report.returns))) }
            if !report.lagCounts.isEmpty {
                values.append(.histogram("asynchrony/policy_lag", HistogramBucket.buckets(counts: report.lagCounts)))
            }
        }
        append(Self.event(values, time: report.time, step: report.frames), &state)
    }

    /// Whether pictures are due.
    package var wantsImages: Bool { state.withLock { !$0.hasFailed && $0.nextImages.isPast } }

    /// Shows pictures of parameters of so many frames.
    package func show(_ images: [Image], frames: UInt64) {
        let event = Self.event(Self.values(images), time: Date().timeIntervalSince1970, step: frames)
        state.withLock { state in
            state.nextImages = .after(seconds: max(imageSeconds, Self.share * Deadline.now.seconds(since: state.start)))
            if !images.isEmpty { append(event, &state) }
        }
    }

    private static func values(_ images: [Image]) -> [SummaryValue] {
        images.map { SummaryValue.image($0.tag, width: $0.width, height: $0.height, png: $0.png) }
    }

    /// Tells how the run ended, and shows pictures of what it came to.
    package func conclude(hasFailed: Bool, _ images: [Image]) {
        let time = Date().timeIntervalSince1970
        let values = Self.values(images) + [.sessionEnd(hasFailed: hasFailed, time: time)]
        state.withLock { append(Self.event(values, time: time, step: $0.frames), &$0) }
    }

    private func append(_ event: WireMessage, _ state: inout State) {
        guard !state.hasFailed else { return }
        do {
            try state.file.append(event)
        } catch {
            state.hasFailed = true
            warn("TensorBoard's file ends here: \(error)")
        }
    }
}
