import Foundation
// For all files of these tests.
@_exported import StarlingProcessSupport
import Testing

/// Real processes over real TCP, one after the other.
@Suite(.serialized) struct Processes {}

extension Processes {
    @Suite struct Training {
        @Test func trainRunsALearnerAndActorsAndLeavesACompleteRun() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let train = try Program.starling(
                    "train", "cartpole", "--run", run, "--frames", "60000", "--actors", "2", "--set", "goal.enabled=false")
                #expect(train.wait(seconds: 60) == 0)
                let lines = train.standardOutput.split(separator: "\n").suffix(3)
                #expect(lines.count == 3)
                #expect(lines.last?.contains("starling evaluate") == true)

                let summary = try scratch.json("run/summary.json")
                #expect(try #require(summary["frames"] as? Int) >= 60_000)
                #expect(summary["goal_reached"] as? Bool == false)
                let evaluation = try #require(summary["evaluation"] as? [String: Any])
                #expect(evaluation["episodes"] as? Int == 100)
                expectBalance(try #require(summary["ledger"] as? [String: Any]))
                let rows = try scratch.rows("run/metrics.jsonl")
                #expect(!rows.isEmpty)
                #expect(FileManager.default.fileExists(atPath: scratch.path("run/checkpoints/final/parameters.safetensors")))
                #expect(FileManager.default.fileExists(atPath: scratch.path("run/checkpoints/final/optimizer.safetensors")))

                let evaluate = try Program.starling("evaluate", run, "--episodes", "20", "--seed", "1", "--json")
                #expect(evaluate.wait(seconds: 20) == 0)
                let result = try #require(
                    try JSONSerialization.jsonObject(with: Data(evaluate.standardOutput.utf8)) as? [String: Any])
                #expect(result["episodes"] as? Int == 20)
                #expect(Set(result.keys) == ["episodes", "mean", "std", "min", "max", "parameter_version"])
            }
        }

        @Test func serialRunsWithTheSameSeedLeaveTheSameBits() async throws {
            try await onThread {
                let scratch = try Scratch()
                let blocks = try ["a", "b"].map { name in
                    let train = try Program.starling(
                        "train", "cartpole", "--serial", "--seed", "5", "--frames", "30000", "--run", scratch.path(name))
                    #expect(train.wait(seconds: 60) == 0)
                    return try Data(
                        contentsOf: URL(fileURLWithPath: scratch.path("\(name)/checkpoints/final/parameters.safetensors")))
                }
                #expect(blocks[0] == blocks[1])
            }
        }

        @Test(arguments: ["mean", "noise"])
        func atLagZeroRatiosAreOneAcrossProcesses(mode: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program.starling(
                    "train", "cartpole", "--run", scratch.path("run"), "--frames", "\(220 * 640)", "--set",
                    "batch.max_queued_batches=0", "--set", "acting.latent=\(mode)", "--set", "goal.enabled=false", "--set",
                    "batch.columns=32", "--set", "acting.unroll_length=20")
                #expect(train.wait(seconds: 120) == 0)
                let rows = try scratch.rows("run/metrics.jsonl")
                #expect(try #require(rows.last?["update"] as? Int) >= 200)
                let ratios = rows.compactMap { $0["max_log_ratio_at_lag_zero"] as? Double }
                #expect(!ratios.isEmpty)
                #expect(ratios.allSatisfy { $0 < 1e-4 })
                #expect(rows.allSatisfy { ($0["policy_lag_max"] as? Double ?? 0) == 0 })
            }
        }
    }
}

/// Both equations of the ledger, as `summary.json` tells it.
func expectBalance(_ ledger: [String: Any]) {
    func count(_ name: String) -> Int { ledger[name] as? Int ?? 0 }
    #expect(
        count("produced")
            == count("acknowledged") + count("outbox") + count("dropped") + count("lost_with_actor"))
    #expect(
        count("acknowledged")
            == count("trained") + count("too_stale") + count("invalid") + count("abandoned"))
    #expect(count("trained") > 0)
}
