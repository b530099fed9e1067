import Foundation
import Testing

extension Processes {
    /// Somebody is slow: the others wait within their memory, and nothing is lost.
    @Suite struct BackPressure {
        @Test func aStoppedLearnerIsWaitedForWithinTheBudget() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let learner = try Program.starling(
                    "learner", "cartpole-pixels", "--run", scratch.path("run"), "--bind", address, "--set", "goal.enabled=false")
                let actors = try (0 ..< 2).map { try Program.actor("--learner", address, "--name", "actor-\($0)") }
                let metrics = scratch.path("run/metrics.jsonl")
                #expect(eventually(within: 30) { frames(metrics) > 4000 })
                learner.signal(SIGSTOP)
                // What was granted is stepped and waits; then there is nothing to do.
                Thread.sleep(forTimeInterval: 2)
                let before = actors.map { (residentBytes($0.identifier), processorSeconds($0.identifier)) }
                Thread.sleep(forTimeInterval: 4)
                for (actor, before) in zip(actors, before) {
                    #expect(actor.isRunning)
                    #expect(residentBytes(actor.identifier) - before.0 < 4 << 20)
                    #expect(processorSeconds(actor.identifier) - before.1 < 1)
                }
                learner.signal(SIGCONT)
                let stopped = frames(metrics)
                #expect(eventually(within: 30) { frames(metrics) > stopped + 4000 })
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 10) == 0)
                for actor in actors { #expect(actor.wait(seconds: 10) == 0) }
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                for name in ["dropped", "lost_with_actor", "lost_with_learner", "invalid", "garbage", "over_credit"] {
                    #expect(ledger[name] as? Int ?? 0 == 0, "\(name)")
                }
            }
        }

        @Test func unrollsThatAreTooOldStandInTheLedger() async throws {
            try await onThread {
                let scratch = try Scratch()
                // Five batches ahead, and none may be a single update old.
                let train = try Program.starling(
                    "train", "cartpole", "--run", scratch.path("run"), "--frames", "40000", "--set", "goal.enabled=false",
                    "--set", "batch.max_queued_batches=5", "--set", "batch.max_policy_lag=0")
                #expect(train.wait(seconds: 120) == 0)
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                #expect(ledger["too_stale"] as? Int ?? 0 > 0)
            }
        }
    }
}

private func residentBytes(_ process: Int32) -> Int {
    let fields = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
}

private func processorSeconds(_ process: Int32) -> Double {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // User and system time; the name before them may hold spaces.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}
