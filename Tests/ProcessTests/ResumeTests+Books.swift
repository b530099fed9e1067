import Foundation
import Testing

/// What is counted, and where a serial run stands, when a run goes on.
extension Processes.Resuming {
    /// What has no fate when a run ends waits in the journal for the next start, and the books say nothing else.
    @Test func fatesStayWhatTheyWereOverStopAndResume() async throws {
        try await onThread {
            let scratch = try Scratch()
            let run = scratch.path("run")
            let fates = ["trained", "too_stale", "invalid", "abandoned", "lost_with_learner", "acknowledged"]
            var before: [String: Int] = [:]
            for start in 0..<4 {
                // Two ends at a limit, one by Ctrl-C, one more.
                let done = start == 0 ? 0 : try scratch.json("run/summary.json")["frames"] as? Int ?? 0
                let limit = start == 2 ? 0 : done + 40_000
                let program = try Program(
                    "starling",
                    ["train", "cartpole", "--run", run, "--set", "goal.enabled=false", "--frames", "\(limit)"]
                        + (start == 0 ? [] : ["--resume"]))
                if limit == 0 {
                    #expect(program.waits(for: "training goes on", seconds: 20))
                    program.signal(SIGINT)
                }
                #expect(program.wait(seconds: 30) == 0, "\(program.everything)")
                let told = try ledger(run)
                #expect(told["balanced"] as? Bool == true)
                let total = try #require(told["total"] as? [String: Any]).compactMapValues { $0 as? Int }
                for fate in fates { #expect(total[fate, default: 0] >= before[fate, default: 0], "\(fate) of start \(start + 1)") }
                #expect(total["abandoned"] == 0 && total["lost_with_learner"] == 0 && total["invalid"] == 0)
                // Those that waited have their fates now.
                let settled = { (books: [String: Int]) in books["trained", default: 0] + books["too_stale", default: 0] }
                #expect(settled(total) >= settled(before) + before["pending", default: 0])
                let words = try Program.starling("ledger", run)
                #expect(words.wait(seconds: 10) == 0)
                #expect(words.standardOutput.contains("wait in the journal") == (total["pending", default: 0] > 0))
                before = total
            }
        }
    }

    @Test func theLastRowOfTheMetricsAgreesWithTheSummary() async throws {
        try await onThread {
            let scratch = try Scratch()
            _ = try train(scratch.path("run"), "--frames", "40000")
            let summary = try scratch.json("run/summary.json")
            let rows = try scratch.rows("run/metrics.jsonl")
            let last = try #require(rows.last)
            #expect(last["frames"] as? Int == summary["frames"] as? Int)
            #expect(last["update"] as? Int == summary["updates"] as? Int)
            #expect(last["episodes"] as? Int == summary["episodes"] as? Int)
            #expect(last["evaluation_mean"] as? Double == (summary["evaluation"] as? [String: Any])?["mean"] as? Double)
            let books = try #require(summary["ledger"] as? [String: Any])
            for name in [
                "produced", "acknowledged", "outbox", "dropped", "lost_with_actor", "trained", "too_stale", "invalid", "abandoned",
            ] {
                #expect(last["unrolls_\(name)"] as? Int == books[name] as? Int, "\(name)")
            }
            // The evaluation at the end adds one row.
            #expect(rows.filter { $0["frames"] as? Int == summary["frames"] as? Int }.count <= 2)
        }
    }

    /// A goal is being tried at some checkpoints, about one of twenty. A run that goes on from such a one gives the bits of
    /// the whole.
    @Test func aSerialRunGoesOnInTheMiddleOfAGoalsEvaluation() async throws {
        try await onThread {
            // In memory, where there is such a place: a checkpoint takes a millisecond there, so there are many.
            let shared = "/dev/shm"
            let root =
                (FileManager.default.isWritableFile(atPath: shared) ? shared : NSTemporaryDirectory())
                + "/starling-test-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: root) }
            for seed in 11..<16 where try goesOnWhileAGoalIsTried("\(root)/\(seed)", seed: seed) { return }
            Issue.record("no checkpoint of five runs was taken while the goal was tried")
        }
    }

    /// - Returns: false when no checkpoint of the run was taken while the goal was tried.
    private func goesOnWhileAGoalIsTried(_ run: String, seed: Int) throws -> Bool {
        func go(_ more: String...) throws {
            let program = try Program(
                "starling",
                [
                    "train", "cartpole", "--serial", "--seed", "\(seed)", "--frames", "1000000", "--run", run, "--set",
                    "goal.return=15", "--set", "goal.margin=1000000", "--set", "evaluation.episodes=1", "--set",
                    "checkpoint.seconds=0.01", "--set", "checkpoint.kept=1000",
                ] + more)
            #expect(program.wait(seconds: 120) == 0, "\(program.everything)")
        }
        func parameters() throws -> Data {
            let file = try Data(contentsOf: URL(fileURLWithPath: run + "/checkpoints/final/parameters.safetensors"))
            // The header tells of the version, whose generation differs.
            let header = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
            return file.dropFirst(8 + header)
        }
        try go()
        let whole = try parameters()
        let folder = run + "/checkpoints"
        let updates = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("1.") }.compactMap { Int($0.dropFirst(2)) }.sorted()
        let tried = try updates.first { update in
            try String(contentsOfFile: "\(folder)/1.\(update)/manifest.json", encoding: .utf8)
                .contains("\"isGoalTried\" : true")
        }
        guard let tried else { return false }
        for update in updates where update > tried { try FileManager.default.removeItem(atPath: "\(folder)/1.\(update)") }
        for name in ["checkpoints/final", "summary.json"] { try FileManager.default.removeItem(atPath: run + "/" + name) }
        try go("--resume")
        #expect(try parameters() == whole)
        return true
    }

    @Test func anEnvironmentThatCantSaveItsStateIsNamed() async throws {
        try await onThread {
            let scratch = try Scratch()
            let recipe = scratch.path("doze.yaml")
            try """
            environment: Doze-1ms
            acting: {unroll_length: 10, environments_per_unroll: 4, environments_per_actor: 4}
            batch: {columns: 8}
            checkpoint: {seconds: 0.2}
            goal: {enabled: false}

            """.write(toFile: recipe, atomically: true, encoding: .utf8)
            func go(_ more: String...) throws -> Program {
                let program = try Program(
                    "starling-light", ["train", recipe, "--serial", "--run", scratch.path("run")] + more)
                #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
                return program
            }
            #expect(try go("--frames", "4000").everything.contains("Doze-1ms can't save its state"))
            let resumed = try go("--frames", "6000", "--resume")
            #expect(resumed.everything.contains("resumed from checkpoint"))
            #expect(try #require(try scratch.json("run/summary.json")["frames"] as? Int) >= 6000)
            #expect(try ledger(scratch.path("run"))["balanced"] as? Bool == true)
        }
    }
}
