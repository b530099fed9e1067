import Foundation
import StarlingLearning
import StarlingMonitoring

/// The lines a run ends with: the result, what its autoencoder is worth, where it is, what to do next.
struct RunEnding {
    private(set) var lines: [String]
    private(set) var exitStatus: Int32 = 0

    /// A journal of so many bytes is worth a word.
    private static let largeJournal = 1_000_000

    /// - Parameters:
    ///   - journalBytes: what stays of the journal.
    ///   - writesSequences: whether episodes write some, of which greedy ones are all alike.
    init(
        _ outcome: RunOutcome, _ summary: RunSummary, _ latent: LatentReport?, settings: RunSettings, run: String, journalBytes: Int,
        arguments: [String], writesSequences: Bool
    ) {
        let frames = "\(outcome.frames.formatted()) frames in \(String(format: "%.1f", summary.wallSeconds)) s"
        let speed = "training at \(Int(summary.framesPerSecond).formatted()) frames/s"
        let result: String
        var next = Self.command(["evaluate", run] + Self.python(in: arguments) + (writesSequences ? ["--rule", "sample"] : []))
        switch outcome.reason {
        case .goalReached, .frames:
            let hasGoal = settings.goal.isEnabled && settings.goal.meanReturn != nil
            let goal = hasGoal ? (summary.goalReached ? "Goal reached: " : "Goal not reached: ") : ""
            result = "\(goal)\(Self.result(summary)) after \(frames), \(speed)."
        case .stopped:
            result = "Stopped at frame \(outcome.frames.formatted()), \(speed); --resume goes on from here."
            next = Self.command(Self.resuming(arguments))
        case .notFinite(let fault):
            result = "Training stopped: \(fault). The checkpoint holds the last good parameters."
            exitStatus = 1
        case .broken(let fault):
            result = "Ended by an error at frame \(outcome.frames.formatted()): \(fault). Once that is mended, --resume goes on from here."
            next = Self.command(Self.resuming(arguments))
            exitStatus = 1
        }
        lines = [result] + (latent?.closing ?? [])
        if journalBytes >= Self.largeJournal {
            let content =
                if case .stopped = outcome.reason {
                    "what came since the oldest checkpoint that is kept, so that each can be gone on from"
                } else {
                    "\(outcome.ledger.pending) unrolls came too late to be trained on; --resume would begin with them"
                }
            lines.append("journal/ keeps \(Quantity.bytes(journalBytes)): \(content).")
        }
        if let unsaved = outcome.unsaved {
            addFault(
                "The last checkpoint was not written: \(unsaved). What is stored is older: `evaluate` plays that, and --resume goes on from it."
            )
            next = Self.command(Self.resuming(arguments))
        }
        lines += ["Run:  \(run)", "Next: \(next)"]
        if let best = outcome.state.bestReturn, let last = summary.evaluation?.mean, best > last {
            let command = Self.command(["evaluate", run, "--checkpoint", "best"] + Self.python(in: arguments))
            lines.append("Best: \(Quantity.meanReturn(best)), by checkpoints/best: \(command)")
        }
    }

    /// Something that should stand in the run directory doesn't.
    mutating func addFault(_ fault: String) {
        lines[0] += " \(fault)"
        exitStatus = 1
    }

    /// A command line that a shell reads back as these words.
    static func command(_ arguments: [String]) -> String {
        let words = [Program.invocation] + arguments
        let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_./=:,@%+"))
        return words.map { word in
            let isPlain = !word.isEmpty && word.unicodeScalars.allSatisfy(plain.contains)
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }

    /// What goes on. The run has its settings: what is called like a secret need not stand in a log.
    private static func resuming(_ arguments: [String]) -> [String] {
        func isSecret(_ word: String) -> Bool {
            word.contains("environment.") && word.contains("=") && EnvironmentOptions.isSecret(String(word.prefix { $0 != "=" }))
        }
        var words = arguments
        while let place = words.firstIndex(where: isSecret) {
            words.remove(at: place)
            if place > 0, words[place - 1] == "--set" { words.remove(at: place - 1) }
        }
        words.removeAll { $0.hasPrefix("--set=") && isSecret(String($0.dropFirst(6))) }
        return words + (words.contains("--resume") ? [] : ["--resume"])
    }

    /// The Python that was named, which a run doesn't keep: other machines have others.
    private static func python(in arguments: [String]) -> [String] {
        if let word = arguments.last(where: { $0.hasPrefix("--python=") }) { return [word] }
        guard let place = arguments.lastIndex(of: "--python"), place + 1 < arguments.count else { return [] }
        return Array(arguments[place...(place + 1)])
    }

    private static func result(_ summary: RunSummary) -> String {
        guard let evaluation = summary.evaluation else { return "no evaluation was played" }
        let mean = Quantity.meanReturn(evaluation.mean, deviation: evaluation.standardDeviation)
        return "mean return \(mean) over \(evaluation.episodes) greedy episodes"
    }
}
