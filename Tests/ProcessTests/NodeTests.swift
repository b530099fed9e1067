import Foundation
import Testing

extension Processes {
    /// One actor for a machine: loops on threads, told from the environment, watched by a file, ended by SIGTERM.
    @Suite struct Node {
        @Test func threadsTrainBehindOneSessionAndDrain() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let (run, health) = (scratch.path("run"), scratch.path("health"))
                let learner = try Program.starling(
                    "learner", "cartpole", "--run", run, "--bind", address, "--set", "goal.enabled=false")
                let node = try Program(
                    "starling-actor", ["--threads", "3", "--name", "node", "--health", health],
                    environment: ["STARLING_LEARNER": address])
                let metrics = run + "/metrics.jsonl"
                #expect(eventually(within: 20) { frames(metrics) > 100_000 })
                #expect(threads(of: node.identifier).filter { $0.hasPrefix("loop") }.sorted() == ["loop 1", "loop 2"])

                // The file is some seconds old.
                var said = ""
                let isWell = eventually(within: 10) {
                    guard let well = try? Program("starling-actor", ["health", health, "--ready", "--max-idle", "10"]) else { return false }
                    defer { said = well.everything }
                    return well.wait(seconds: 5) == 0
                }
                #expect(isWell && said.contains("\"threads\":3") && said.contains("/run\",\"threads\""), "\(said)")

                node.signal(SIGTERM)
                #expect(node.wait(seconds: 5) == 0)
                #expect(!node.everything.contains("lost"), "\(node.everything)")
                #expect(node.everything.contains("told to end: every complete unroll was acknowledged"), "\(node.everything)")
                let over = try Program("starling-actor", ["health", health])
                #expect(over.wait(seconds: 5) == 1 && over.standardOutput.contains("has ended"), "\(over.everything)")

                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 5) == 0)
                let rows = try scratch.rows("run/metrics.jsonl")
                #expect(rows.contains { $0["actors_alive"] as? Int == 1 && $0["actor_threads"] as? Int == 3 })
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                #expect(ledger["lost_with_actor"] as? Int == 0 && ledger["invalid"] as? Int == 0)
            }
        }

        @Test func aNodeFollowsARestartedLearner() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let arguments = [
                    "learner", "catch", "--run", scratch.path("run"), "--bind", address, "--set", "goal.enabled=false",
                ]
                let learner = try Program("starling", arguments)
                let health = scratch.path("health")
                let node = try Program.actor("--learner", address, "--threads", "3", "--health", health)
                let metrics = scratch.path("run/metrics.jsonl")
                #expect(eventually(within: 20) { frames(metrics) > 5_000 })
                learner.signal(SIGTERM)
                #expect(learner.wait(seconds: 5) == 0)
                let before = frames(metrics)
                let again = try Program("starling", arguments + ["--resume"])
                #expect(eventually(within: 20) { frames(metrics) > before + 20_000 })
                again.signal(SIGINT)
                #expect(again.wait(seconds: 5) == 0)
                #expect(node.wait(seconds: 5) == 0)
                // Sent home, not told to end: over all the same.
                let over = try Program("starling-actor", ["health", health])
                #expect(over.wait(seconds: 5) == 1 && over.standardOutput.contains("has ended"), "\(over.everything)")
                // One goodbye each, not one a loop.
                #expect(node.everything.components(separatedBy: "restarting").count == 2, "\(node.everything)")
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                #expect(ledger["lost_with_actor"] as? Int == 0 && ledger["lost_with_learner"] as? Int == 0)
            }
        }

        /// Names of a process's threads.
        private func threads(of process: pid_t) -> [String] {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
            return tasks.compactMap { try? String(contentsOfFile: "/proc/\(process)/task/\($0)/comm", encoding: .utf8) }
                .map { $0.trimmingCharacters(in: .newlines) }
        }
    }
}
