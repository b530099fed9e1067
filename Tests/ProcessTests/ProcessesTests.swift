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
                // A fraction of a second, and a curve.
                #expect(rows.count >= 10)
                #expect(rows.compactMap { $0["update"] as? Int } == rows.compactMap { $0["update"] as? Int }.sorted())
                #expect(rows.allSatisfy { $0["generation"] as? Int == 1 && ($0["time"] as? Double ?? 0) > 1.7e9 })
                #expect(rows.last?["ending"] as? String == "all frames" && rows.dropLast().allSatisfy { $0["ending"] is NSNull })
                // Of the journal only what waits for a fate stays, and that is told.
                let pending = try #require(summary["ledger"] as? [String: Any])["pending"] as? Int
                let segments = (try? FileManager.default.contentsOfDirectory(atPath: scratch.path("run/journal"))) ?? []
                #expect(segments.isEmpty == (pending == 0), "\(segments), \(pending ?? -1) pending")
                #expect(FileManager.default.fileExists(atPath: scratch.path("run/checkpoints/final/parameters.safetensors")))
                #expect(FileManager.default.fileExists(atPath: scratch.path("run/checkpoints/final/optimizer.safetensors")))

                let evaluate = try Program.starling("evaluate", run, "--episodes", "20", "--seed", "1", "--json")
                #expect(evaluate.wait(seconds: 20) == 0)
                let result = try #require(
                    try JSONSerialization.jsonObject(with: Data(evaluate.standardOutput.utf8)) as? [String: Any])
                #expect(result["episodes"] as? Int == 20)
                let keys = ["episodes", "mean", "std", "min", "max", "mean_length", "terminated", "parameter_version", "planned", "latent"]
                #expect(Set(result.keys) == Set(keys))
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

        @Test(arguments: [
            ("cartpole", ["acting.latent=mean"]), ("cartpole", ["acting.latent=noise"]),
            ("cartpole", ["acting.latent=noise", "model.core=gru", "model.frame_stack=2"]),
            ("cartpole", ["acting.latent=mean", "model.core=lstm", "model.frame_stack=2"]),
            ("pendulum", ["model.action_distribution=gaussian"]), ("pendulum", ["model.action_distribution=tanh_gaussian"]),
        ])
        func atLagZeroRatiosAreOneAcrossProcesses(recipe: String, settings: [String]) async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program.starling(
                    ["train", recipe, "--run", scratch.path("run"), "--frames", "\(220 * 640)"]
                        + (settings + [
                            "batch.max_queued_batches=0", "goal.enabled=false", "batch.columns=32", "acting.unroll_length=20",
                        ]).flatMap { ["--set", $0] })
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

extension Processes {
    @Suite struct Benchmarks {
        @Test func endToEndAccountsForAllTime() async throws {
            try await onThread {
                let bench = try Program.starling(
                    "bench", "end-to-end", "cartpole", "--actors", "2", "--seconds", "3", "--repeats", "2", "--warm-up", "1.5",
                    "--json")
                #expect(bench.wait(seconds: 90) == 0, "\(bench.everything)")
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(bench.standardOutput.utf8)) as? [String: Any])
                #expect(report["format"] as? Int == 1 && report["actors"] as? Int == 2 && report["repeats"] as? Int == 2)
                func spread(_ group: [String: Any], _ name: String) throws -> [String: Double] {
                    let spread = try #require(group[name] as? [String: Double], "\(name)")
                    #expect(Set(spread.keys) == ["mean", "median", "minimum", "maximum"])
                    let (low, high) = (try #require(spread["minimum"]), try #require(spread["maximum"]))
                    #expect((low...high).contains(try #require(spread["median"])))
                    return spread
                }
                func sum(_ group: String, _ names: [String]) throws -> Double {
                    let shares = try #require(report[group] as? [String: Any])
                    #expect(Set(shares.keys) == Set(names + ["cores"]))
                    #expect(try #require(spread(shares, "cores")["mean"]) > 0)
                    return try names.reduce(0) { sum, name in
                        let mean = try #require(spread(shares, name)["mean"])
                        #expect((-0.01...1.01).contains(mean), "\(group).\(name) is \(mean)")
                        return sum + mean
                    }
                }
                let learner = try sum(
                    "learner", ["waiting", "batching", "forward", "targets", "backward", "optimizer", "publishing", "other"])
                #expect(abs(learner - 1) < 1e-6)
                let actor = try sum("actor", ["stepping", "inference", "transport", "waiting", "evaluating"])
                #expect(abs(actor - 1) < 1e-6)
                let actors = try #require(report["actor"] as? [String: Any])
                #expect(try #require(spread(actors, "stepping")["mean"]) > 0)
                #expect(try #require(spread(actors, "inference")["mean"]) > 0)

                let unrolls = try #require(report["unrolls"] as? [String: Any])
                func count(_ name: String) throws -> Int { try #require(unrolls[name] as? Int, "\(name)") }
                let most = try count("trained") * count("steps_per_unroll")
                let frames = try count("frames")
                #expect(most > 0 && frames <= most && Double(frames) > 0.9 * Double(most))
                let seconds = try #require(report["seconds"] as? Double)
                #expect(seconds >= 3)
                let rate = try #require(spread(report, "steps_per_second")["mean"])
                #expect(abs(rate * seconds - Double(frames)) < 1)
                let lag = try #require(report["policy_lag"] as? [String: Double])
                let (median, high) = (try #require(lag["p50"]), try #require(lag["p95"]))
                #expect(median <= high)
            }
        }

        @Test func transportIsMeasuredOverCurveWithAJournal() async throws {
            try await onThread {
                let bench = try Program.starling(
                    "bench", "transport", "--shape", "drawing", "--curve", "on", "--journal", "os", "--compression", "lz4",
                    "--seconds", "0.3", "--json")
                #expect(bench.wait(seconds: 60) == 0, "\(bench.everything)")
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(bench.standardOutput.utf8)) as? [String: Any])
                let rows = try #require(report["transport"] as? [[String: Any]])
                let row = try #require(rows.first)
                #expect(rows.count == 1 && row["curve"] as? Bool == true && row["journal"] as? String == "os")
                #expect(row["compression"] as? String == "lz4" && row["is_ledger_clean"] as? Bool == true)
                #expect(try #require(row["unrolls_per_second"] as? Double) > 0)
                #expect(try #require(row["wire_share"] as? Double) < 0.3)
            }
        }

        @Test func endToEndTellsWhatCurveCosts() async throws {
            try await onThread {
                let bench = try Program.starling(
                    "bench", "end-to-end", "cartpole", "--actors", "1", "--seconds", "1", "--repeats", "1", "--warm-up", "0",
                    "--curve", "both", "--json")
                #expect(bench.wait(seconds: 120) == 0, "\(bench.everything)")
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(bench.standardOutput.utf8)) as? [String: Any])
                func median(_ name: String) throws -> Double {
                    try #require((report[name] as? [String: Double])?["median"], "\(name)")
                }
                let (plain, curve) = (try median("plain_steps_per_second"), try median("curve_steps_per_second"))
                #expect(plain > 0 && curve > 0)
                #expect(abs(try median("share") - curve / plain) < 1e-9)
            }
        }

        @Test func endToEndRefusesWhatItCannotMeasure() async throws {
            try await onThread {
                let bench = try Program.starling("bench", "end-to-end", "cartpole", "--seconds", "1", "--repeats", "5")
                #expect(bench.wait(seconds: 20) != 0)
                #expect(bench.standardError.contains("half a second for each of 5 repeats"))
            }
        }

        @Test func environmentsAreComparedInTurns() async throws {
            try await onThread {
                let bench = try Program.starling(
                    "bench", "environment", "--set", "environment=CartPole-v1", "--beside", "Catch", "--seconds", "0.05", "--repeats", "3",
                    "--json")
                #expect(bench.wait(seconds: 60) == 0, "\(bench.everything)")
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(bench.standardOutput.utf8)) as? [String: Any])
                let rows = try #require(report["rows"] as? [[String: Any]])
                #expect(rows.map { $0["name"] as? String } == ["starling", "Catch"])
                for row in rows {
                    let rates = try #require(row["measurements"] as? [Double])
                    #expect(rates.count == 3 && rates.sorted()[1] == row["median_steps_per_second"] as? Double)
                }
                #expect(rows.first?["first_times_as_fast"] as? Double == 1)
            }
        }

        @Test func endToEndCanBeStoppedBeforeTheFirstReport() async throws {
            try await onThread {
                let scratch = try Scratch()
                let actor = scratch.path("actor")
                try "#!/bin/sh\necho here >&2\nexec sleep 600\n".write(toFile: actor, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: actor)
                let bench = try Program.starling(
                    "bench", "end-to-end", "cartpole", "--actors", "1", "--warm-up", "0", "--actor-program", actor)
                #expect(bench.waits(for: "here", seconds: 20), "\(bench.everything)")
                bench.signal(SIGINT)
                #expect(bench.wait(seconds: 20) == 1, "\(bench.everything)")
                #expect(bench.standardError.contains("stopped before anything was measured"))
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
            == count("trained") + count("too_stale") + count("invalid") + count("abandoned") + count("pending")
            + count("lost_with_learner"))
    #expect(count("trained") > 0)
}
