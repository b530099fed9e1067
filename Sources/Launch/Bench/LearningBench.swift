import Foundation
import StarlingBench
import StarlingLaunchActor
import StarlingMonitoring
import StarlingSafetensors
import StarlingStorage
import StarlingThreads

/// Trains the rows of `starling bench learning` one run after the other, each in processes of its own, and judges what came of it.
struct LearningBench {
    let rows: [LearningRow]
    let seeds: [UInt64]
    let folder: LearningFolder
    /// Of this program and its actor's: results of another are none of this one's.
    let build: String
    /// Takes a line about how it goes.
    let tell: (String) -> Void

    init(rows: [LearningRow], seeds: [UInt64], folder: LearningFolder, tell: @escaping (String) -> Void) {
        (self.rows, self.seeds, self.folder, self.tell) = (rows, seeds, folder, tell)
        let programs = [ChildProcess.program, ActorExecutable.sibling].compactMap(FileFingerprint.of)
        build = ([Build.description] + programs).joined(separator: " ")
    }

    /// - Returns: nil when it was stopped before the last run.
    func run(shouldStop: () -> Bool) throws -> LearningReport? {
        let python = PythonModules(neededBy: rows)
        let skipped = Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in (Self.missing(row) ?? python.missing(row)).map { (row.name, $0) } })
        for row in rows { if let words = skipped[row.name] { tell("\(row.name) is skipped: \(words)") } }
        let runs = rows.filter { skipped[$0.name] == nil }.flatMap { row in
            seeds.map { (row: row, key: LearningKey(row, seed: $0, build: build)) }
        }
        var outcomes = [LearningKey: LearningOutcome]()
        for run in runs { outcomes[run.key] = folder.outcome(of: run.key, told: tell) }
        var left = runs.filter { outcomes[$0.key] == nil }
        tell(
            "\(Self.count(runs.count, "run")) of \(Self.count(rows.count, "row")), \(outcomes.count) made before; what is left takes "
                + "\(Self.duration(of: left.map(\.row))) on two cores")
        while let run = left.first {
            guard let outcome = try outcome(of: run.row, run.key, shouldStop: shouldStop) else { return nil }
            try folder.keep(LearningResult(key: run.key, outcome: outcome))
            outcomes[run.key] = outcome
            left.removeFirst()
            tell(
                "\(run.key.row), seed \(run.key.seed): \(Self.words(for: outcome)); \(Self.count(left.count, "run")) left, "
                    + "\(Self.duration(of: left.map(\.row)))")
        }
        let machine = Machine.current
        return LearningReport(
            build: build, processor: machine.processor, cores: machine.cores, seeds: seeds,
            rows: rows.map { row in
                if let words = skipped[row.name] { return LearningReport.Row(row, skipped: words) }
                return LearningReport.Row(row, seeds.compactMap { outcomes[LearningKey(row, seed: $0, build: build)] })
            })
    }

    /// - Returns: what brings the data that a row needs and that isn't there; nil where all is.
    private static func missing(_ row: LearningRow) -> String? {
        guard let data = row.data else { return nil }
        let path = DataFolder.path(of: data.name)
        guard !FileManager.default.fileExists(atPath: path) else { return nil }
        return "there is no \(path); `\(data.command)` writes it, and $\(DataFolder.variable) names the folder"
    }

    /// Trains and evaluates.
    /// - Returns: nil when it was stopped.
    private func outcome(of row: LearningRow, _ key: LearningKey, shouldStop: () -> Bool) throws -> LearningOutcome? {
        let scratch = try folder.makeRun()
        defer { folder.removeRun() }
        let child = ChildProcess(folder: scratch)
        let paths = RunPaths(scratch + "/run")
        /// - Returns: what it wrote, or why there is nothing.
        func output(of arguments: [String]) throws -> Result<Data, Failure>? {
            switch try child.run(arguments, shouldStop: shouldStop) {
            case .stopped: nil
            case .exited(0, let output, _): .success(output)
            case .exited(let status, _, let words):
                .failure(Failure(words: words.isEmpty ? "\(arguments[0]) ended with status \(status)" : words))
            }
        }
        do {
            let start = Deadline.now
            let training = row.training(seed: "\(key.seed)") + ["--run", paths.root, "--parent-pipe", "0"]
            guard let trained = try output(of: training) else { return nil }
            _ = try trained.get()
            let seconds = Deadline.now.seconds(since: start)
            guard let evaluated = try output(of: key.evaluation(of: paths.root) + ["--json"]) else { return nil }
            guard let summary = StoredSummary(paths) else { throw Failure(words: "\(paths.summary) can't be read") }
            let evaluation = try Self.decode(Evaluation.self, evaluated.get(), "evaluate")
            var measures = (evaluation.sequences ?? [:]).compactMapValues(\.self).merging(evaluation.measures ?? [:]) { $1 }
            for name in key.measures where measures[name] == nil { measures[name] = Self.last(name, of: paths) }
            if key.isUnseen {
                guard let seen = try output(of: key.evaluation(of: paths.root, isElsewhere: false) + ["--json"]) else { return nil }
                let mean = try Self.decode(Evaluation.self, seen.get(), "evaluate").mean
                (measures[LearningKey.seen], measures[LearningKey.gap]) = (mean, mean - evaluation.mean)
            }
            return .finished(
                LearningOutcome.Run(
                    frames: summary.frames, seconds: seconds, meanReturn: evaluation.mean,
                    measures: measures))
        } catch let failure as Failure {
            return .failed(failure.words)
        }
    }

    /// Why a run has no result.
    private struct Failure: Error {
        let words: String
    }

    /// The part of what `evaluate --json` writes that is looked at.
    private struct Evaluation: Decodable {
        let mean: Double
        let sequences: [String: Double?]?
        let measures: [String: Double]?
    }

    /// The mean of a metric's last values, as the run ended; nil where it has none.
    private static func last(_ name: String, of paths: RunPaths) -> Double? {
        let values = (MetricsLog(paths)?.numbers(name) ?? []).filter(\.isFinite).suffix(lastValues)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static let lastValues = 20

    private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data, _ name: String) throws(Failure) -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch { throw Failure(words: "\(name) can't be read: \(error)") }
    }

    private static func words(for outcome: LearningOutcome) -> String {
        switch outcome {
        case .finished(let run): "return \(run.meanReturn.text(3)) after \(run.frames.formatted()) frames in \(run.seconds.text(1)) s"
        case .failed(let words): "failed: \(words)"
        }
    }

    private static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }

    private static func duration(of rows: [LearningRow]) -> String {
        let minutes = rows.reduce(0) { $0 + $1.minutes }
        return minutes < 90 ? "about \(minutes.rounded(.up).text(0)) min" : "about \((minutes / 60).text(1)) h"
    }
}
