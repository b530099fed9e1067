import Foundation
import StarlingConfiguration
import StarlingLearning
import StarlingMonitoring
import StarlingStorage

/// A run directory at a glance.
struct RunOverview {
    /// What its learner does.
    enum State: Equatable {
        case running
        /// With the words of its last row, where it has any.
        case ended(String?)
        /// Without a last word; `--resume` goes on.
        case killed
    }

    let paths: RunPaths
    let recipe: String
    let algorithm: String
    let environment: String
    let seed: UInt64
    let state: State
    /// Environment steps trained on.
    let frames: UInt64
    /// Of the final parameters; nil before the end, or where nothing was evaluated.
    let evaluation: StoredSummary.Evaluation?
    /// Of the last training episodes; nil before the first.
    let meanReturn: Double?
    /// What it came to; nil until it has ended.
    let summary: StoredSummary?

    /// - Returns: nil where there is no run.
    init?(_ root: String, _ program: Program) {
        let paths = RunPaths(root)
        guard FileManager.default.fileExists(atPath: paths.configuration) else { return nil }
        self.paths = paths
        var settings = RunSettings(algorithms: program.algorithms)
        // Of an earlier version, or of a program with other algorithms.
        if let file = try? StoredConfiguration.read(paths) { try? settings.apply(file) }
        (algorithm, environment, seed) = (settings.algorithm, settings.environmentText, settings.seed)
        recipe = StoredConfiguration.recipe(paths) ?? ""
        let log = MetricsLog(paths)
        let isRunning = RunDirectory.isInUse(paths)
        let hasEnded = !isRunning && FileManager.default.fileExists(atPath: paths.ledger)
        state = isRunning ? .running : hasEnded ? .ended(log?.lastText("ending")) : .killed
        summary = hasEnded ? StoredSummary(paths) : nil
        evaluation = summary?.evaluation
        meanReturn = log?.lastNumber("mean_return")
        frames = summary?.frames ?? log?.lastNumber("frames").flatMap { UInt64(exactly: $0) } ?? 0
    }

    /// Its return as people compare it: of the evaluation, else of training episodes.
    var returnText: String {
        if let evaluation { return Quantity.meanReturn(evaluation.mean, deviation: evaluation.std) }
        return meanReturn.map { Quantity.meanReturn($0) } ?? "–"
    }

    var stateText: String {
        switch state {
        case .running: "running"
        case .ended(let words): words ?? "ended"
        case .killed: "killed"
        }
    }

    /// Bytes of all of its files.
    var byteCount: Int { Self.byteCount(of: paths.root) }

    static func byteCount(of folder: String) -> Int {
        let files = FileManager.default.enumerator(
            at: URL(fileURLWithPath: folder), includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey])
        var count = 0
        while let file = files?.nextObject() as? URL {
            let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
            if values?.isRegularFile == true { count += values?.fileSize ?? 0 }
        }
        return count
    }

    /// The run that a directory is, or all that lie in it.
    static func all(at path: String, _ program: Program) -> [RunOverview] {
        RunOverview(path, program).map { [$0] } ?? all(in: path, program)
    }

    /// The runs in a folder and in its folders, as those of a sweep are, by name.
    static func all(in folder: String, _ program: Program, depth: Int = 3) -> [RunOverview] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let paths = names.sorted { $0.compare($1, options: .numeric) == .orderedAscending }.map { "\(RunPaths(folder).root)/\($0)" }
        return paths.flatMap { path in
            RunOverview(path, program).map { [$0] } ?? (depth > 1 ? all(in: path, program, depth: depth - 1) : [])
        }
    }
}
