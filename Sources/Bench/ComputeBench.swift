package import StarlingCompute

/// Measures training steps and acting of the reference models on this machine.
package struct ComputeBench {
    package struct Settings: Sendable {
        package var models = ReferenceModel.allCases
        package var threads = [1, 2]
        /// Rows of acting.
        package var acting = [1, 16, 64]
        /// Seconds that one measurement takes about.
        package var seconds = 0.5
        /// Of training steps; acting uses the table.
        package var tuning = Tuning.timed

        package init() {}

        /// Makes all choices by timing now: from then on every plan with these settings, in this process or another, has the
        /// same kernels.
        package mutating func chooseKernels() throws(ComputeError) {
            guard tuning.isTimed else { return }
            for model in models {
                for rows in model.batches {
                    for count in threads {
                        tuning = try TrainingStep(model, rows: rows, threads: count, tuning: tuning).tuning
                    }
                }
            }
            tuning.isTimed = false
        }
    }

    package let settings: Settings
    private let allocations: [AllocationEntry]

    /// - Parameter allocations: counted elsewhere; may be empty.
    package init(_ settings: Settings = Settings(), allocations: [AllocationEntry] = []) {
        self.settings = settings
        self.allocations = allocations
    }

    /// - Parameter progress: told each measurement as it is made.
    package func run(_ progress: (String) -> Void = { _ in }) throws(ComputeError) -> ComputeReport {
        var report = ComputeReport(device: CPUDevice().name)
        let meters = settings.threads.map { PeakMeter(threads: $0) }
        for model in settings.models {
            for batch in model.batches {
                for meter in meters {
                    let entry = try train(model, batch, meter)
                    progress(entry.text)
                    report.training.append(entry)
                }
            }
            for rows in settings.acting {
                let entry = try act(model, rows)
                progress(entry.line)
                report.acting.append(entry)
            }
        }
        report.peaks = meters.map(\.peak)
        for peak in report.peaks { progress(peak.line) }
        return report
    }

    /// Steps and peak take turns, so that both see the same machine.
    private func train(_ model: ReferenceModel, _ batch: Int, _ meter: PeakMeter) throws(ComputeError) -> TrainingEntry {
        let step = try TrainingStep(model, rows: batch, threads: meter.threads, tuning: settings.tuning)
        for _ in 0..<2 { step.run() }
        meter.restart()
        var times: [Double] = []
        let turns = 4
        for _ in 0..<turns {
            times += Timing.times(seconds: settings.seconds / Double(turns), step.run)
            meter.run()
        }
        return TrainingEntry(
            model: model.rawValue, rows: batch, times: Timing(times), operations: step.operations, peak: meter.recent,
            allocations: counts(model, .train, batch, meter.threads), kernels: step.choices)
    }

    private func act(_ model: ReferenceModel, _ rows: Int) throws(ComputeError) -> ActingEntry {
        let step = try ActingStep(model, rows: rows)
        for _ in 0..<2 { step.run() }
        return ActingEntry(
            model: model.rawValue, rows: rows, times: Timing(Timing.times(seconds: settings.seconds / 2, step.run)),
            allocations: counts(model, .act, rows, 1))
    }

    private func counts(_ model: ReferenceModel, _ mode: AllocationEntry.Mode, _ rows: Int, _ threads: Int) -> AllocationCounts? {
        allocations.first { $0.model == model.rawValue && $0.mode == mode && $0.rows == rows && $0.threads == threads }?.counts
    }
}
