import Foundation
import Testing

extension Processes {
    /// A learner that dies, a disk that is full: what was acknowledged is not lost.
    @Suite struct Durability {
        /// How often learners are killed: 3 times here, more where `STARLING_KILLS` says so.
        private static let kills = ProcessInfo.processInfo.environment["STARLING_KILLS"].flatMap { Int($0) } ?? 3

        /// What is promised from the start of the next learner to its first update on new unrolls.
        private static let recoverySeconds = 10.0

        @Test(arguments: ["os", "disk"])
        func aLearnerKilledAgainAndAgainLosesNothing(sync: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let run = scratch.path("run")
                let arguments = [
                    "learner", "cartpole", "--run", run, "--bind", address, "--set", "goal.enabled=false", "--set",
                    "journal.sync=\(sync)", "--set", "checkpoint.seconds=1",
                ]
                let actors = try ["one", "two"].map { try Program.actor("--learner", address, "--name", $0) }
                var replayed = 0
                var recoveries: [Double] = []
                for round in 0..<Self.kills {
                    let start = Date()
                    let learner = try Program("starling", round == 0 ? arguments : arguments + ["--resume"])
                    if round > 0 {
                        // The first update made of unrolls that came after the start.
                        #expect(
                            learner.waits(for: "training goes on", seconds: Self.recoverySeconds),
                            "start \(round + 1) doesn't go on in time: \(learner.everything)")
                        recoveries.append(Date().timeIntervalSince(start))
                    }
                    #expect(
                        eventually(within: 30) { isTraining(run, generation: round + 1) },
                        "start \(round + 1) doesn't train: \(learner.everything)")
                    if learner.everything.contains("they come first") { replayed += 1 }
                    usleep(UInt32.random(in: 0..<1_500_000))
                    learner.signal(SIGKILL)
                    learner.wait(seconds: 5)
                    try expectNothingLost(run, state: "killed")
                }
                #expect(replayed > 0)
                let slowest = String(format: "%.2f", recoveries.max() ?? 0)
                print(
                    "journal.sync=\(sync): training went on at most \(slowest) s after the start, in \(recoveries.count) starts after kill -9"
                )
                let last = try Program("starling", arguments + ["--resume"])
                #expect(eventually(within: 30) { isTraining(run, generation: Self.kills + 1) }, "\(last.everything)")
                try expectNothingLost(run, state: "running")
                #expect(actors.allSatisfy { $0.isRunning })
                // Who has not found the learner can't hear its goodbye.
                for name in ["one", "two"] { #expect(last.waits(for: "actor \(name)", seconds: 20)) }
                last.signal(SIGINT)
                #expect(last.wait(seconds: 10) == 0)
                for actor in actors { #expect(actor.wait(seconds: 10) == 0) }
                try expectNothingLost(run, state: "ended")
                let summary = try scratch.json("run/summary.json")
                expectBalance(try #require(summary["ledger"] as? [String: Any]))
            }
        }

        @Test func withoutAJournalTheLossIsTold() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let run = scratch.path("run")
                let arguments = [
                    "learner", "cartpole", "--run", run, "--bind", address, "--set", "goal.enabled=false", "--set",
                    "journal.sync=none",
                ]
                let first = try Program("starling", arguments)
                let actor = try Program.actor("--learner", address)
                #expect(eventually(within: 30) { isTraining(run, generation: 1) })
                #expect(first.everything.contains("without a journal"))
                first.signal(SIGKILL)
                first.wait(seconds: 5)
                let second = try Program("starling", arguments + ["--resume"])
                #expect(eventually(within: 30) { isTraining(run, generation: 2) })
                second.signal(SIGINT)
                #expect(second.wait(seconds: 10) == 0)
                #expect(actor.wait(seconds: 10) == 0)
                let ledger = try #require(try ledger(run)["total"] as? [String: Any])
                #expect(ledger["lost_with_learner"] as? Int ?? 0 > 0)
                expectBalance(ledger)
            }
        }

        @Test func aFullDiskHoldsAcknowledgementsUpUntilThereIsRoom() async throws {
            try await onThread {
                let scratch = try Scratch()
                let disk = scratch.path("disk")
                try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
                guard mount("tmpfs", disk, "tmpfs", 0, "size=40m") == 0 else {
                    print("aFullDisk… is skipped: a small file system can't be mounted here (\(String(cString: strerror(errno))))")
                    return
                }
                defer { umount2(disk, Int32(MNT_DETACH)) }
                let address = "tcp://127.0.0.1:\(freePort())"
                let run = disk + "/run"
                let learner = try Program.starling(
                    "learner", "cartpole", "--run", run, "--bind", address, "--set", "goal.enabled=false", "--set",
                    "checkpoint.seconds=1")
                let actor = try Program.actor("--learner", address)
                #expect(eventually(within: 30) { isTraining(run, generation: 1) })
                fill(disk + "/filler")
                #expect(learner.waits(for: "acknowledgements with them", seconds: 30))
                #expect(learner.isRunning && actor.isRunning)
                try FileManager.default.removeItem(atPath: disk + "/filler")
                #expect(learner.waits(for: "the journal stores again", seconds: 30))
                let before = frames(run + "/metrics.jsonl")
                #expect(eventually(within: 30) { frames(run + "/metrics.jsonl") > before + 5000 }, "\(learner.everything)")
                learner.signal(SIGKILL)
                learner.wait(seconds: 5)
                try expectNothingLost(run, state: "killed")
                let again = try Program.starling(
                    "learner", "cartpole", "--run", run, "--bind", address, "--resume", "--set", "checkpoint.seconds=1")
                // The journal's unrolls are trained on before the actor is back.
                #expect(again.waits(for: "is back", seconds: 20), "\(again.everything)")
                #expect(eventually(within: 30) { isTraining(run, generation: 2) }, "\(again.everything)")
                again.signal(SIGINT)
                #expect(again.wait(seconds: 10) == 0)
                #expect(actor.wait(seconds: 10) == 0)
                try expectNothingLost(run, state: "ended")
            }
        }

        /// Any stop, any number of them, uneven batches, an actor more than there are unrolls in a batch for.
        @Test(arguments: ["cartpole", "catch", "recall", "cartpole-dqn"], ["0", "0.3"])
        func stopAndResumeGiveTheBitsOfARunThatNeverStopped(recipe: String, replay: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                // About a second's worth: the stops are to come before the end.
                let enough = ["recall": "2000000", "cartpole-dqn": "40000"][recipe] ?? "800000"
                func train(_ run: String, _ more: String...) throws -> Program {
                    try Program(
                        "starling",
                        [
                            "train", recipe, "--serial", "--seed", "11", "--frames", enough, "--run", scratch.path(run),
                            "--set", "goal.enabled=false", "--set", "latent.vae_replay=\(replay)", "--set",
                            "batch.columns=\(replay == "0" ? 16 : 24)", "--set",
                            "dqn.priority=\(replay == "0" ? "none" : "proportional")",
                        ] + more)
                }
                let whole = try train("whole")
                #expect(whole.wait(seconds: 60) == 0)
                var stops = 0
                var told = ""
                for start in 0..<3 {
                    let part = try start == 0 ? train("parts") : train("parts", "--resume")
                    let before = frames(scratch.path("parts/metrics.jsonl"))
                    #expect(eventually(within: 30) { frames(scratch.path("parts/metrics.jsonl")) > before || !part.isRunning })
                    part.signal(start == 1 ? SIGKILL : SIGINT)
                    part.wait(seconds: 30)
                    if part.everything.contains("Stopped at frame") { stops += 1 }
                    told += part.everything
                }
                #expect(stops > 0, "no stop came in time: \(told)")
                let last = try train("parts", "--resume")
                #expect(last.wait(seconds: 60) == 0)
                let blocks = try ["whole", "parts"].map { name in
                    let file = try Data(
                        contentsOf: URL(fileURLWithPath: scratch.path("\(name)/checkpoints/final/parameters.safetensors")))
                    // The header tells of the version, whose generation differs.
                    let header = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
                    return file.dropFirst(8 + header)
                }
                #expect(blocks[0] == blocks[1])
                try expectNothingLost(scratch.path("parts"), state: "ended")
            }
        }
    }
}

/// Whether a start of the learner has made updates, as the run's metrics tell.
private func isTraining(_ run: String, generation: Int) -> Bool {
    guard let text = try? String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8) else { return false }
    return text.split(separator: "\n").suffix(4).contains { line in
        guard let row = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { return false }
        let version = row["parameter_version"] as? String ?? ""
        return version.hasPrefix("\(generation).") && row["frames_per_second"] as? Double ?? 0 > 0
            && row["total_loss"] is Double
    }
}

/// What `starling ledger` says.
func ledger(_ run: String) throws -> [String: Any] {
    let process = try Program.starling("ledger", run, "--json")
    #expect(process.wait(seconds: 30) == 0, "\(process.everything)")
    return try #require(
        try JSONSerialization.jsonObject(with: Data(process.standardOutput.utf8)) as? [String: Any])
}

private func expectNothingLost(_ run: String, state: String) throws {
    let ledger = try ledger(run)
    #expect(ledger["state"] as? String == state)
    #expect(ledger["balanced"] as? Bool == true)
    let total = try #require(ledger["total"] as? [String: Any])
    #expect(total["lost_with_learner"] as? Int == 0)
    #expect(total["invalid"] as? Int == 0)
    #expect(total["acknowledged"] as? Int ?? 0 > 0)
}

/// Writes until nothing more goes in.
private func fill(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
    defer { close(descriptor) }
    for size in [1 << 20, 4096, 1] {
        let block = [UInt8](repeating: 1, count: size)
        while write(descriptor, block, size) == size {}
    }
}
