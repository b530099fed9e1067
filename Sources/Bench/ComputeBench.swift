private import CStarlingKernels
package import StarlingCompute
private import StarlingThreads

/// Measures training steps and acting of the reference models on this machine.
package struct ComputeBench {
    package struct Settings: Sendable {
        package var models = ReferenceModel.Kind.allCases
        package var threads = [1, 2]
        /// Rows of acting.
        package var acting = [1, 16, 64]
        /// Seconds that one measurement takes about.
        package var seconds = 0.5

        package init() {}
    }

    package let settings: Settings

    private let count: AllocationCounts.Counter?

    package init(_ settings: Settings = Settings(), counting: AllocationCounts.Counter? = nil) {
        self.settings = settings
        count = counting
    }

    /// - Parameter progress: told each measurement as it is made.
    package func run(_ progress: (String) -> Void = { _ in }) throws(ComputeError) -> ComputeReport {
        var report = ComputeReport(peaks: [], training: [], acting: [])
        for threads in settings.threads { report.peaks.append(ProductPeak.measure(threads: threads)) }
        for kind in settings.models {
            for batch in kind.batches {
                for threads in settings.threads {
                    let peak = report.peaks.first { $0.threads == threads }!
                    let entry = try train(kind, batch, threads, peak)
                    progress(entry.line)
                    report.training.append(entry)
                }
            }
            for rows in settings.acting {
                let entry = try act(kind, rows)
                progress(entry.line)
                report.acting.append(entry)
            }
        }
        return report
    }

    private func train(_ kind: ReferenceModel.Kind, _ batch: Int, _ threads: Int, _ peak: ProductPeak) throws(ComputeError) -> TrainingEntry {
        let step = try TrainingStep(kind, rows: batch, threads: threads)
        let times = Timing.sample(seconds: settings.seconds) { step.run() }
        return TrainingEntry(
            model: kind.rawValue, rows: batch, threads: threads, times: times, operations: step.operations,
            peak: peak.best, allocations: count.map { $0 { step.run() } },
            kernels: step.choices.map { "\($0.stage) \($0.layer): \($0.kernel)" })
    }

    private func act(_ kind: ReferenceModel.Kind, _ rows: Int) throws(ComputeError) -> ActingEntry {
        let step = try ActingStep(kind, rows: rows)
        let times = Timing.sample(seconds: settings.seconds / 2) { step.run() }
        return ActingEntry(
            model: kind.rawValue, rows: rows, times: times, allocations: count.map { $0 { step.run() } })
    }
}
