import Foundation
import StarlingBench
import StarlingStorage
import StarlingThreads

/// Trains trials, each with some seeds, one run after the other in processes of their own, in folders below one.
struct Sweep {
    /// A combination of settings.
    struct Trial {
        /// `key=value`, which are other than in other trials.
        let assignments: [String]
        /// Below the sweep's.
        let folder: String
        var outcomes: [Outcome] = []

        var summaries: [StoredSummary] { outcomes.compactMap(\.summary) }

        /// What its runs came to, the middle half of them; nil where none did.
        var score: InterquartileMean? {
            let returns = summaries.compactMap { $0.evaluation?.mean }
            return returns.isEmpty ? nil : InterquartileMean(returns)
        }
    }

    /// How a run ended.
    enum Outcome {
        case finished(StoredSummary)
        /// With what the program said last.
        case failed(String)

        var summary: StoredSummary? { if case .finished(let summary) = self { summary } else { nil } }
    }

    let folder: String
    let seeds: [UInt64]
    /// `train` and what all runs are told.
    let arguments: [String]
    let shouldStop: () -> Bool
    /// Takes a line about how it goes.
    let tell: (String) -> Void

    /// Trains a trial's runs, on with those that were begun.
    /// - Parameter frames: for each run; nil: as the recipe has it.
    /// - Returns: nil when it was stopped.
    func run(_ trial: Trial, frames: UInt64? = nil) throws -> Trial? {
        var trial = trial
        trial.outcomes = []
        for seed in seeds {
            guard let outcome = try run(trial, seed, frames) else { return nil }
            trial.outcomes.append(outcome)
            tell("\(Self.name(trial, seed)): \(Self.words(outcome))")
        }
        return trial
    }

    private func run(_ trial: Trial, _ seed: UInt64, _ frames: UInt64?) throws -> Outcome? {
        let paths = RunPaths(path(of: trial, seed))
        let isBegun = FileManager.default.fileExists(atPath: paths.configuration) && CheckpointStore(paths).versions.isEmpty == false
        var command = arguments + ["--run", paths.root, "--parent-pipe", "0"]
        command += isBegun ? ["--resume"] : ["--seed", "\(seed)"]
        if let frames { command += ["--frames", "\(frames)"] }
        command += trial.assignments.flatMap { ["--set", $0] }
        let scratch = try TemporaryFolder()
        switch try ChildProcess(folder: scratch.path).run(command, shouldStop: shouldStop) {
        case .stopped: return nil
        case .exited(0, _, _):
            return StoredSummary(paths).map { .finished($0) } ?? .failed("\(paths.summary) can't be read")
        case .exited(let status, _, let words): return .failed(words.isEmpty ? "train ended with status \(status)" : words)
        }
    }

    func path(of trial: Trial, _ seed: UInt64) -> String {
        [folder, trial.folder, "seed-\(seed)"].filter { !$0.isEmpty }.joined(separator: "/")
    }

    private static func name(_ trial: Trial, _ seed: UInt64) -> String {
        (trial.assignments + ["seed \(seed)"]).joined(separator: ", ")
    }

    private static func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .finished(let summary):
            let told = summary.evaluation.map { "return \($0.mean.text(2))" } ?? "no evaluation was played"
            return "\(told) after \(summary.frames.formatted()) frames in \(summary.wallSeconds.text(1)) s"
        case .failed(let words): return "failed: \(words)"
        }
    }

    /// A folder's name for settings, unlike those of others.
    static func folder(for assignments: [String], number: Int) -> String {
        let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_.=,[]"))
        let name = assignments.joined(separator: ",").unicodeScalars.map { plain.contains($0) ? String($0) : "_" }.joined()
        return name.count <= 100 ? name : "trial-\(number)"
    }

    /// `NAME-1`, or the first number that is free.
    static func freeFolder(_ name: String) -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: "\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }
}
