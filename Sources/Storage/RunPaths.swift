/// Where everything lies in a run directory.
package struct RunPaths: Hashable, Sendable {
    /// The directory as the user named it.
    package let root: String

    package init(_ root: String) {
        // "runs/a/" and "runs/a" are the same directory.
        var root = root[...]
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.root = root.isEmpty ? "." : String(root)
    }

    /// The effective configuration.
    package var configuration: String { root + "/config.yaml" }
    /// What acts, without its numbers, for programs that aren't Starling.
    package var policy: String { root + "/policy.json" }
    /// The learner's kernels and how they were chosen.
    package var tuning: String { root + "/tuning.json" }
    /// One JSON object a line.
    package var metrics: String { root + "/metrics.jsonl" }
    /// Events for TensorBoard.
    package var tensorBoard: String { root + "/tensorboard" }
    package var summary: String { root + "/summary.json" }
    package var checkpoints: String { root + "/checkpoints" }
    /// Held by the learner that works here; says its process number and its machine.
    package var lock: String { root + "/lock" }
    /// What was accepted and is in no checkpoint yet.
    package var journal: String { root + "/journal" }
    /// The ledger as the last learner left it; absent while one works.
    package var ledger: String { root + "/ledger.json" }
    /// A number of this run alone, by which actors tell it from others of its name.
    package var identity: String { root + "/identity" }
    /// What the run's learners mark their parameters with, for none but them to know.
    package var secret: String { root + "/secret" }
    /// Where the learner that works here is reached, a URL a line; absent while none does.
    package var address: String { root + "/address" }
    /// What lets in who looks on from other machines.
    package var accessToken: String { root + "/http-token" }
    /// How often a learner has started here.
    package var generation: String { root + "/generation" }
}
