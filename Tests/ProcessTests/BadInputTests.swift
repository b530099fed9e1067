import Foundation
import Testing

extension Processes {
    /// What a user gets who mistypes: one clear line with the remedy, a non-zero exit, and soon.
    @Suite struct BadInput {
        /// Runs to the end and returns what it said.
        private func refusal(_ arguments: [String], of program: String = "starling") throws -> String {
            let process = try Program(program, arguments)
            let status = process.wait(seconds: 10)
            #expect(status != nil, "\(arguments) hangs")
            #expect(status != 0)
            return process.everything
        }

        @Test func unknownRecipeNamesTheNearestAndTheList() async throws {
            try await onThread {
                let said = try refusal(["train", "cartpol"])
                #expect(said.contains("cartpol") && said.contains("did you mean \"cartpole\""))
            }
        }

        @Test func unknownCommandNamesTheNearest() async throws {
            try await onThread {
                let said = try refusal(["trian", "cartpole"])
                #expect(said.contains("unknown command 'trian'; did you mean 'train'?") && said.contains("evaluate"))
                #expect(try refusal(["doctr"], of: "starling-actor").contains("did you mean 'doctor'?"))
                #expect(try refusal(["xyzzy"]).contains("known: train"))
            }
        }

        @Test func aFlagThatStandsForAKeyIsNamedBesideIt() async throws {
            try await onThread {
                let scratch = try Scratch()
                let said = try refusal(["train", "cartpole", "--run", scratch.path("run"), "--envs-per-actor", "3"])
                #expect(said.contains("acting.environments_per_actor (--envs-per-actor) is 3"), "\(said)")
                let key = try refusal(["train", "cartpole", "--run", scratch.path("run"), "--set", "acting.environments_per_actor=3"])
                #expect(key.contains("acting.environments_per_actor is 3"))
            }
        }

        @Test func aMissingKeyFileIsToldWithTheWayToOne() async throws {
            try await onThread {
                for arguments in [["--key", "nowhere.key"], ["doctor", "--key", "nowhere.key"]] {
                    let said = try refusal(arguments, of: "starling-actor")
                    #expect(said.contains("no key file nowhere.key") && said.contains("starling keygen") && said.contains("starling enrol"))
                }
                #expect(try refusal(["doctor", "--key", "nowhere.key"]).contains("starling keygen"))
            }
        }

        @Test func unknownKeyNamesTheNearestKey() async throws {
            try await onThread {
                let said = try refusal(["train", "cartpole", "--set", "vtrace.discont=0.9"])
                #expect(said.contains("vtrace.discont") && said.contains("vtrace.discount"))
            }
        }

        @Test func aWrongValueInAFileIsShownWithItsPlace() async throws {
            try await onThread {
                let scratch = try Scratch()
                let file = scratch.path("mine.yaml")
                try "environment: CartPole-v1\nvtrace:\n  discount: 1.5\n".write(
                    toFile: file, atomically: true, encoding: .utf8)
                let said = try refusal(["train", file, "--run", scratch.path("run")])
                #expect(said.contains("mine.yaml:3"))
                #expect(said.contains("vtrace.discount") && said.contains("1.5"))
                try "environment: CartPole-v1\nvtrace:\n  discount: much\n".write(
                    toFile: file, atomically: true, encoding: .utf8)
                #expect(try refusal(["train", file, "--run", scratch.path("run")]).contains("much"))
                #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
            }
        }

        @Test func unknownEnvironmentAndAlgorithmAreNamed() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                #expect(
                    try refusal(["train", "cartpole", "--run", run, "--set", "environment=CartPole"]).contains(
                        "CartPole-v1"))
                #expect(
                    try refusal(["train", "cartpole", "--run", run, "--set", "algorithm=vtrac"]).contains("vtrace"))
            }
        }

        @Test func columnsThatDontFitListTheDivisors() async throws {
            try await onThread {
                let scratch = try Scratch()
                let said = try refusal([
                    "train", "cartpole", "--run", scratch.path("run"), "--set", "acting.environments_per_unroll=5",
                    "--set", "acting.environments_per_actor=5",
                ])
                #expect(said.contains("batch.columns") && said.contains("environments_per_unroll"))
            }
        }

        @Test func aPortInUseIsNamedWithTheWayOut() async throws {
            try await onThread {
                let scratch = try Scratch()
                let port = freePort()
                let first = try Program.starling(
                    "learner", "cartpole", "--run", scratch.path("a"), "--bind", "tcp://127.0.0.1:\(port)")
                #expect(first.waits(for: "waiting for actors", seconds: 10))
                let said = try refusal([
                    "learner", "cartpole", "--run", scratch.path("b"), "--bind", "tcp://127.0.0.1:\(port)",
                ])
                #expect(said.contains("\(port)") && said.contains("--bind"))
                first.signal(SIGTERM)
                #expect(first.wait(seconds: 5) == 0)
            }
        }

        @Test func anActorWithoutALearnerSaysSoAndGivesUpWhenToldTo() async throws {
            try await onThread {
                let address = "tcp://127.0.0.1:\(freePort())"
                let patient = try Program.actor("--learner", address)
                let said = try refusal(["--learner", address, "--give-up-after", "2"], of: "starling-actor")
                #expect(said.contains(address) && said.contains("gave up") && said.contains("start a learner there"))
                #expect(patient.isRunning)
                patient.signal(SIGTERM)
                #expect(patient.wait(seconds: 5) == 0)
            }
        }

        @Test func aBadAddressIsRefusedAtOnce() async throws {
            try await onThread {
                let refused = try refusal(["--learner", "nonsense"], of: "starling-actor")
                #expect(refused.contains("nonsense"))
                let scratch = try Scratch()
                let said = try refusal(["learner", "cartpole", "--run", scratch.path("r"), "--bind", "tcp://nowhere"])
                #expect(said.contains("nowhere"))
            }
        }

        @Test func aRunDirectoryThatIsNotEmptyOrInUseIsLeftAlone() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let first = try Program.starling(
                    "learner", "cartpole", "--run", run, "--bind", "tcp://127.0.0.1:\(freePort())")
                #expect(first.waits(for: "waiting for actors", seconds: 10))
                let arguments = ["learner", "cartpole", "--run", run, "--bind", "tcp://127.0.0.1:\(freePort())"]
                #expect(try refusal(arguments + ["--resume"]).contains("in use by process \(first.identifier)"))
                first.signal(SIGTERM)
                #expect(first.wait(seconds: 5) == 0)
                #expect(try refusal(arguments).contains("--resume"))
                #expect(try refusal(["learner", "cartpole", "--run", scratch.path("none"), "--resume"]).contains("none"))
            }
        }

        /// Where the file system locks on each machine for itself, or took this one's for dead.
        @Test func aLearnerThatAnotherFollowsEnds() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                func learner() throws -> Program {
                    try .starling("learner", "cartpole", "--run", run, "--resume-or-begin", "--bind", "tcp://127.0.0.1:\(freePort())")
                }
                let first = try learner()
                #expect(first.waits(for: "waiting for actors", seconds: 10))
                try FileManager.default.removeItem(atPath: run + "/lock")
                let second = try learner()
                #expect(second.waits(for: "waiting for actors", seconds: 10))
                #expect(first.wait(seconds: 5) == 1)
                #expect(first.everything.contains("another learner (process \(second.identifier) on "))
                #expect(second.isRunning)
                second.signal(SIGTERM)
                #expect(second.wait(seconds: 5) == 0)
                let generation = try String(contentsOfFile: run + "/generation", encoding: .utf8)
                #expect(generation == "2\n")
            }
        }

        @Test func evaluatingWhatIsNoRunIsRefused() async throws {
            try await onThread {
                let scratch = try Scratch()
                #expect(try refusal(["evaluate", scratch.path("none")]).contains("config.yaml"))
            }
        }
    }
}
