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
                let actors = try (0..<2).map { try Program.actor("--learner", address, "--name", "actor-\($0)") }
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

        /// The queue could hold a thousand batches; the bytes it may take hold a few.
        @Test func aSlowLearnerKeepsExperienceWithinItsBytes() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let budget = 8 << 20
                // An unroll of 8 pictures of 32 × 32 bytes a step, 20 steps, and a bootstrap; its numbers are some bytes more.
                let unrollBytes = 8 * 21 * 1024
                let learner = try Program.starling(
                    "learner", "cartpole-pixels", "--run", scratch.path("run"), "--bind", address, "--set", "goal.enabled=false",
                    "--set", "acting.unroll_length=20", "--set", "batch.max_queued_batches=1024", "--set",
                    "batch.max_policy_lag=1000000", "--set", "batch.memory_bytes=\(budget)")
                let actors = try (0..<3).map { try Program.actor("--learner", address, "--name", "actor-\($0)") }
                let metrics = "run/metrics.jsonl"
                func queued() throws -> [Int] { try scratch.rows(metrics).compactMap { $0["queued_unrolls"] as? Int } }
                // Training takes longer than acting: what comes in waits until no more may come.
                #expect(eventually(within: 60) { (try? queued().max() ?? 0) ?? 0 > budget / unrollBytes / 2 }, "\(learner.everything)")
                let before = ([learner] + actors).map { residentBytes($0.identifier) }
                let trained = frames(scratch.path(metrics))
                #expect(eventually(within: 60) { frames(scratch.path(metrics)) > trained + 20_000 })
                for (process, before) in zip([learner] + actors, before) {
                    #expect(process.isRunning)
                    #expect(residentBytes(process.identifier) - before < budget + (4 << 20), "\(process.name)")
                }
                #expect(try queued().allSatisfy { $0 * unrollBytes <= budget })
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 20) == 0)
                for actor in actors { #expect(actor.wait(seconds: 10) == 0) }
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                for name in ["dropped", "lost_with_actor", "lost_with_learner", "invalid", "garbage", "over_credit"] {
                    #expect(ledger[name] as? Int ?? 0 == 0, "\(name)")
                }
            }
        }

        /// Two rounds of this actor are 130 MB, twice what its outbox may hold, and the learner grants them.
        @Test func anOutboxOfLargeRoundsStaysWithinItsBytes() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let learner = try Program.starling(
                    "learner", "cartpole-pixels", "--run", scratch.path("run"), "--bind", address, "--set", "goal.enabled=false",
                    "--set", "acting.unroll_length=59", "--set", "acting.environments_per_actor=1024", "--set", "acting.compression=none",
                    "--set",
                    "batch.max_queued_batches=1024", "--set", "batch.memory_bytes=1073741824")
                let actor = try Program.actor("--learner", address)
                #expect(actor.waits(for: "acting with parameters", seconds: 30))
                // The learner stands still while the first round is stepped.
                learner.signal(SIGSTOP)
                // All is stepped that may be: an actor that waits uses next to no processor, however busy the machine.
                var used = -1.0
                let waits = eventually(within: 120) {
                    Thread.sleep(forTimeInterval: 2)
                    defer { used = processorSeconds(actor.identifier) }
                    return processorSeconds(actor.identifier) - used < 0.04
                }
                #expect(waits)
                // The environments, the acting plan and the program itself take 40 MB.
                #expect(residentBytes(actor.identifier) < (64 << 20) + 60_000_000)
                learner.signal(SIGINT)
                learner.signal(SIGCONT)
                #expect(learner.wait(seconds: 20) == 0)
                #expect(actor.wait(seconds: 20) == 0)
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                #expect(ledger["balanced"] as? Bool == true)
                // A whole round, which is 128 unrolls, and then as much as there was room for.
                #expect(ledger["produced"] as? Int ?? 0 > 128)
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

private func processorSeconds(_ process: Int32) -> Double {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // User and system time; the name before them may hold spaces.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}
