import Foundation
import Testing

extension Processes {
    /// Learner and actors, each started by hand.
    @Suite struct ByHand {
        @Test func actorsMayComeBeforeTheLearnerAndAreKilledAndReplaced() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let early = try Program.actor("--learner", address, "--name", "early")
                #expect(early.waits(for: address, seconds: 5))
                let learner = try Program.starling(
                    "learner", "cartpole", "--run", scratch.path("run"), "--bind", address, "--set", "goal.enabled=false")
                let metrics = scratch.path("run/metrics.jsonl")
                #expect(eventually(within: 20) { frames(metrics) > 20_000 })
                for round in 0..<3 {
                    let actor = try Program.actor("--learner", address, "--name", "late")
                    let before = frames(metrics)
                    #expect(eventually(within: 20) { frames(metrics) > before + 10_000 }, "round \(round)")
                    actor.signal(SIGKILL)
                    actor.wait(seconds: 5)
                }
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 5) == 0)
                #expect(early.wait(seconds: 5) == 0)
                let summary = try scratch.json("run/summary.json")
                expectBalance(try #require(summary["ledger"] as? [String: Any]))
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func aSignalWritesACheckpointAndResumeGoesOn(signal: Int32) async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let run = scratch.path("run")
                let arguments = ["learner", "cartpole", "--run", run, "--bind", address, "--set", "goal.enabled=false"]
                let learner = try Program("starling", arguments)
                let actor = try Program.actor("--learner", address)
                #expect(eventually(within: 20) { frames(run + "/metrics.jsonl") > 20_000 })
                learner.signal(signal)
                #expect(learner.wait(seconds: 5) == 0)
                // A service that is restarted finds its actors waiting; Ctrl-C sends them home.
                let isAwaited = signal == SIGTERM
                if isAwaited {
                    #expect(actor.waits(for: "restart", seconds: 5) && actor.isRunning, "\(actor.everything)")
                } else {
                    #expect(actor.wait(seconds: 5) == 0)
                }
                let stopped = try #require(try scratch.json("run/summary.json")["frames"] as? Int)
                #expect(learner.standardOutput.contains("--resume"))

                let again = try Program(
                    "starling", arguments + ["--resume", "--frames", "\(stopped + 50_000)"])
                let second = try isAwaited ? actor : Program.actor("--learner", address)
                #expect(again.wait(seconds: 30) == 0)
                #expect(second.wait(seconds: 5) == 0)
                #expect(again.everything.contains("resumed from checkpoint"))
                let rows = try scratch.rows("run/metrics.jsonl")
                let updates = rows.compactMap { $0["update"] as? Int }
                #expect(updates == updates.sorted())
                #expect(try #require(try scratch.json("run/summary.json")["frames"] as? Int) >= stopped + 50_000)
            }
        }

        @Test func actorsOfTrainDieWithItEvenIfItIsKilled() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let train = try Program.starling(
                    "train", "cartpole", "--run", run, "--frames", "0", "--set", "goal.enabled=false")
                #expect(eventually(within: 20) { frames(run + "/metrics.jsonl") > 1000 })
                let children = childProcesses(of: train.identifier)
                #expect(children.count == 2)
                train.signal(SIGKILL)
                train.wait(seconds: 5)
                #expect(eventually(within: 5) { children.allSatisfy { kill($0, 0) != 0 } })
            }
        }

        @Test func trainStartsAKilledActorAgain() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let train = try Program.starling(
                    "train", "cartpole", "--run", run, "--frames", "0", "--set", "goal.enabled=false")
                #expect(eventually(within: 20) { frames(run + "/metrics.jsonl") > 1000 })
                let first = try #require(childProcesses(of: train.identifier).first)
                kill(first, SIGKILL)
                #expect(train.waits(for: "starting it again", seconds: 5))
                #expect(eventually(within: 5) { childProcesses(of: train.identifier).count == 2 })
                train.signal(SIGINT)
                #expect(train.wait(seconds: 5) == 0)
                expectBalance(try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any]))
            }
        }
    }
}

/// Frames in the last complete row of a metrics file; 0 before the first.
func frames(_ path: String) -> Int {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
        let line = text.split(separator: "\n").last,
        let row = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    else { return 0 }
    return row["frames"] as? Int ?? 0
}

/// Living processes whose parent is this one.
func childProcesses(of parent: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { process in
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return false }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 && fields[0] != "Z" && Int32(fields[1]) == parent
    }
}

extension Processes.ByHand {
    @Test(arguments: ["seed=2", "model.latent=5"])
    func anActorFollowsAnotherRunOnTheSamePort(change: String) async throws {
        try await onThread {
            let scratch = try Scratch()
            let address = "tcp://127.0.0.1:\(freePort())"
            func learner(_ run: String, _ more: String...) throws -> Program {
                try Program(
                    "starling",
                    ["learner", "cartpole", "--run", scratch.path(run), "--bind", address, "--set", "goal.enabled=false"]
                        + more)
            }
            let first = try learner("a")
            let actor = try Program.actor("--learner", address)
            #expect(eventually(within: 20) { frames(scratch.path("a/metrics.jsonl")) > 20_000 })
            first.signal(SIGKILL)
            first.wait(seconds: 5)
            let second = try learner("b", "--set", change)
            #expect(eventually(within: 20) { frames(scratch.path("b/metrics.jsonl")) > 20_000 })
            second.signal(SIGINT)
            #expect(second.wait(seconds: 5) == 0)
            #expect(actor.wait(seconds: 5) == 0)
            let ledger = try #require(try scratch.json("b/summary.json")["ledger"] as? [String: Any])
            #expect(ledger["invalid"] as? Int == 0)
        }
    }

    @Test(arguments: ["/bin/true", "/bin/false"])
    func anActorProgramThatKeepsEndingEndsTheTraining(program: String) async throws {
        try await onThread {
            let scratch = try Scratch()
            let train = try Program.starling(
                "train", "cartpole", "--run", scratch.path("run"), "--actor-program", program)
            #expect(train.wait(seconds: 20) == 1)
            #expect(train.standardError.contains("is \(program) broken?"))
        }
    }

    @Test func aStuckActorDoesNotHoldTheEndUp() async throws {
        try await onThread {
            let scratch = try Scratch()
            let run = scratch.path("run")
            let train = try Program.starling("train", "cartpole", "--run", run, "--frames", "0", "--set", "goal.enabled=false")
            #expect(eventually(within: 20) { frames(run + "/metrics.jsonl") > 1000 })
            let stuck = try #require(childProcesses(of: train.identifier).first)
            kill(stuck, SIGSTOP)
            train.signal(SIGINT)
            #expect(train.wait(seconds: 5) == 0)
            #expect(kill(stuck, 0) != 0)
        }
    }
}
