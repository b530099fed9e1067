import Foundation
import Testing

extension Processes {
    /// Keys, doctor, logs for programs, and a crowd at the door of a process with few descriptors.
    @Suite struct Locks {
        @Test func beyondThisMachineALearnerNeedsKeysAndSaysWhichCommandsToRun() async throws {
            try await onThread {
                let scratch = try Scratch()
                let learner = try Program(
                    "starling", ["learner", "cartpole", "--run", "run", "--bind", "tcp://0.0.0.0:\(freePort())"],
                    in: scratch.path)
                #expect(learner.wait(seconds: 10) == 1)
                #expect(learner.standardError.contains("starling keygen keys NAME"))
                #expect(learner.standardError.contains("starling enrol keys/NAME.key"))
                #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
            }
        }

        @Test func twoCommandsAndAFileThenDoctorTheRunAndRevocation() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let keygen = try command(scratch, "keygen", "keys", "farm")
                #expect(keygen.contains("enrol keys/farm.key") && keygen.contains("--key starling.key"))
                #expect(try command(scratch, "enrol", "keys/farm.key").contains("farm ("))
                let learner = try Program(
                    "starling",
                    [
                        "learner", "cartpole", "--run", "run", "--bind", address, "--keys", "keys", "--set", "goal.enabled=false",
                        "--log-format", "json",
                    ],
                    in: scratch.path)
                #expect(learner.waits(for: "waiting for actors", seconds: 10))
                let file = scratch.path("keys/farm.key")
                let actor = try Program.actor("--learner", address, "--key", file, "--name", "n1", "--log-format", "json")
                #expect(learner.waits(for: "actor farm/n1", seconds: 10))
                #expect(eventually(within: 20) { frames(scratch.path("run/metrics.jsonl")) > 20_000 })

                for program in ["starling", "starling-actor"] {
                    let doctor = try Program(program, ["doctor", "--learner", address, "--key", file])
                    #expect(doctor.wait(seconds: 20) == 0)
                    for step in ["resolves", "reaches", "authenticates", "version", "clock", "round trip", "bandwidth", "parameters"] {
                        #expect(doctor.standardOutput.contains("ok    \(step)"), "\(doctor.standardOutput)")
                    }
                    #expect(doctor.standardOutput.contains("1 actor acts"))
                }
                let keyless = try Program.actor("doctor", "--learner", address)
                #expect(keyless.wait(seconds: 20) == 1)
                #expect(keyless.standardOutput.contains("FAIL") && keyless.standardOutput.contains("--key FILE"))

                #expect(try command(scratch, "revoke", "farm").contains("may not connect any more"))
                #expect(actor.wait(seconds: 5) == 1)
                #expect(learner.waits(for: "its key was revoked", seconds: 5))
                let list = try command(scratch, "keys")
                #expect(list.contains("farm") && !list.contains("  -\n"))
                learner.signal(SIGTERM)
                #expect(learner.wait(seconds: 5) == 0)
                for process in [learner, actor] {
                    #expect(process.standardOutput.isEmpty)
                    let lines = process.standardError.split(separator: "\n")
                    #expect(lines.count >= 2)
                    for line in lines {
                        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                        #expect(Set(object.keys) == ["time", "level", "label", "message", "metadata"])
                    }
                }
                #expect(actor.standardError.contains(#""metadata":{"actor":"n1","run":"run"}"#))
            }
        }

        @Test func trainForProgramsWritesNothingButObjects() async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program.starling(
                    "train", "cartpole", "--run", scratch.path("run"), "--frames", "100000", "--set", "goal.enabled=false",
                    "--log-format", "json")
                #expect(train.wait(seconds: 60) == 0)
                #expect(train.standardOutput.isEmpty)
                for line in train.standardError.split(separator: "\n") {
                    #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
                }
                #expect(train.standardError.contains("actor-1"))
                let failed = try Program.starling(
                    "train", "cartpole", "--run", "/proc/nowhere", "--log-format", "json")
                #expect(failed.wait(seconds: 20) == 1)
                let line = Data(failed.standardError.utf8)
                #expect((try JSONSerialization.jsonObject(with: line) as? [String: Any])?["level"] as? String == "critical")
            }
        }

        /// More connections than the learner has descriptors, again and again.
        @Test func halfOpenConnectionsBeyondTheDescriptorLimitHarmNobody() async throws {
            try await onThread {
                let scratch = try Scratch()
                let port = freePort()
                let address = "tcp://127.0.0.1:\(port)"
                _ = try command(scratch, "keygen", "keys", "farm")
                _ = try command(scratch, "enrol", "keys/farm.key")
                let learner = try Program(
                    "/usr/bin/prlimit",
                    [
                        "--nofile=160:160", Program.folder.appendingPathComponent("starling").path, "learner", "cartpole",
                        "--run", "run", "--bind", address, "--keys", "keys", "--set", "goal.enabled=false",
                    ], in: scratch.path)
                #expect(learner.waits(for: "waiting for actors", seconds: 10))
                let file = scratch.path("keys/farm.key")
                let metrics = scratch.path("run/metrics.jsonl")
                let first = try Program.actor("--learner", address, "--key", file, "--name", "first")
                #expect(eventually(within: 20) { frames(metrics) > 10_000 })
                var crowd: [Int32] = []
                defer { for descriptor in crowd { close(descriptor) } }
                let rounds = ProcessInfo.processInfo.environment["STARLING_CHAOS"] == nil ? 3 : 30
                for round in 0..<rounds {
                    for _ in 0..<400 { if let descriptor = connectToLoopback(UInt16(port)) { crowd.append(descriptor) } }
                    let before = frames(metrics)
                    #expect(eventually(within: 20) { frames(metrics) > before + 10_000 }, "round \(round)")
                }
                #expect(crowd.count > 300)
                let second = try Program.actor("--learner", address, "--key", file, "--name", "second")
                #expect(learner.waits(for: "actor farm/second", seconds: 20))
                #expect(learner.waits(for: "did not say who they are", seconds: 5))
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 5) == 0)
                #expect(first.wait(seconds: 5) == 0 && second.wait(seconds: 5) == 0)
            }
        }

        /// - Returns: what a subcommand of `starling` that ends well prints.
        private func command(_ scratch: Scratch, _ arguments: String...) throws -> String {
            let program = try Program("starling", arguments, in: scratch.path)
            #expect(program.wait(seconds: 10) == 0, "\(arguments): \(program.standardError)")
            return program.standardOutput
        }
    }
}
