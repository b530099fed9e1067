import Foundation
import StarlingExperience
import StarlingLearning
import StarlingMonitoring
import StarlingStorage

/// A run to be resumed that has all it was to reach, as its `summary.json` says: it is told, and left as it is. With a higher
/// goal or more frames it is none.
struct FinishedRun {
    /// What there is, where it is, how to go on.
    let lines: [String]

    /// - Returns: nil when there is something to do.
    init?(_ settings: RunSettings, _ options: RunOptions) {
        guard options.resume, let run = options.run else { return nil }
        let paths = RunPaths(run)
        // Only a final checkpoint is a result: a full disk may have room for the summary alone.
        guard !RunDirectory.isInUse(paths), CheckpointStore(paths).hasFinal,
            let summary = StoredSummary(paths)
        else { return nil }
        let what: String
        let remedy: String
        if summary.goalReached, let reached = summary.goal, let wanted = settings.goal.evaluationReturn,
            Double(wanted) <= reached
        {
            what = "its goal, a mean return of \(reached), is reached"
            remedy = "--set goal.return=HIGHER, or with --set goal.enabled=false and --frames MORE"
        } else if settings.frames > 0, summary.frames >= settings.frames, summary.evaluation != nil {
            what = "all its frames are trained on"
            remedy = "--frames MORE"
        } else {
            return nil
        }
        let result = summary.evaluation.map {
            "mean return \(Quantity.meanReturn($0.mean, deviation: $0.std)) over \($0.episodes) greedy episodes"
        }
        lines = [
            "This run is finished: \(what); \(result ?? "no evaluation was played"), after \(summary.frames.formatted()) frames.",
            "Run:  \(paths.root)",
            "Next: \(Program.invocation) evaluate \(paths.root), or go on with it: the same command with \(remedy)",
        ]
    }
}
