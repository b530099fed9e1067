import Foundation
import StarlingLearning
import StarlingMonitoring

/// The three lines a run ends with: the result, where it is, what to do next.
struct RunEnding {
    let lines: [String]
    let exitStatus: Int32

    init(_ outcome: RunOutcome, _ summary: RunSummary, settings: RunSettings, command: String, run: String) {
        let frames = "\(outcome.frames.formatted()) frames in \(String(format: "%.1f", summary.wallSeconds)) s"
        let speed = "\(Int(summary.framesPerSecond).formatted()) frames/s"
        let result: String
        var next = "\(Program.invocation) evaluate \(run)"
        switch outcome.reason {
        case .goalReached:
            result = "Goal reached: \(Self.result(summary)) after \(frames), \(speed)."
            exitStatus = 0
        case .frames:
            let missed = settings.goal.isEnabled && settings.goal.meanReturn != nil ? "Goal not reached: " : ""
            result = "\(missed)\(Self.result(summary)) after \(frames), \(speed)."
            exitStatus = 0
        case .stopped:
            result = "Stopped at frame \(outcome.frames.formatted()), checkpoint written, \(speed)."
            next = "\(Program.invocation) \(command) \(run)/config.yaml --run \(run) --resume"
            exitStatus = 0
        case .notFinite(let fault):
            result = "Training stopped: \(fault). The checkpoint holds the last good parameters."
            exitStatus = 1
        }
        lines = [result, "Run:  \(run)", "Next: \(next)"]
    }

    private static func result(_ summary: RunSummary) -> String {
        guard let evaluation = summary.evaluation else { return "no evaluation was played" }
        return """
            mean return \(String(format: "%.1f", evaluation.mean)) ± \
            \(String(format: "%.1f", evaluation.standardDeviation)) over \(evaluation.episodes) greedy episodes
            """
    }
}
