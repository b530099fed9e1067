import Foundation
import StarlingProcessSupport
import Testing

/// What examples and fixtures are compiled by.
private let hasCompilers = ["cc", "c++"].allSatisfy { (try? Program("/usr/bin/env", [$0, "--version"]))?.wait(seconds: 60) == 0 }

extension Processes {
    /// Environments of shared libraries, as a user has them trained in.
    @Suite(.enabled(if: hasCompilers, "there is no cc or c++: apt-get install g++"))
    struct Library {
        private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path

        /// Compiles one of the examples, or of the fixtures.
        private func library(_ source: String, _ scratch: Scratch, _ flags: [String] = []) throws -> String {
            let path = "\(Self.root)/\(source)"
            let output = scratch.path("lib\(URL(filePath: path).deletingPathExtension().lastPathComponent).so")
            let options = ["-O3", "-shared", "-fPIC", "-I", "\(Self.root)/deploy/c", "-o", output, path]
            let isPlusPlus = source.hasSuffix(".cpp")
            let compiler = try Program(
                "/usr/bin/env", [isPlusPlus ? "c++" : "cc"] + options + (isPlusPlus ? ["-std=c++17"] : ["-lm"]) + flags)
            #expect(compiler.wait(seconds: 60) == 0, "\(compiler.everything)")
            return output
        }

        private func parameters(_ run: String) throws -> Data {
            let file = try Data(contentsOf: URL(fileURLWithPath: run + "/checkpoints/final/parameters.safetensors"))
            // The header tells of the version, whose generation differs.
            let header = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
            return file.dropFirst(8 + header)
        }

        /// What the environment in Swift makes of a run, that in C makes of it: in this process, in one of its own, and after `kill -9`.
        @Test func cartPoleInCGivesTheBitsOfThatInSwift() async throws {
            try await onThread {
                let scratch = try Scratch()
                let cartpole = try library("deploy/c/examples/cartpole.c", scratch)
                func train(_ run: String, _ more: String...) throws -> Program {
                    try Program(
                        "starling",
                        [
                            "train", "cartpole", "--serial", "--seed", "11", "--frames", "600000", "--run", scratch.path(run), "--set",
                            "goal.enabled=false", "--set", "evaluation.episodes=5", "--set", "checkpoint.seconds=0.05",
                        ] + more)
                }
                let swift = try train("swift")
                #expect(swift.wait(seconds: 60) == 0, "\(swift.everything)")
                for flags in [[], ["--isolate"]] {
                    let run = "c\(flags.count)"
                    let whole = try Program(
                        "starling",
                        [
                            "train", "cartpole", "--serial", "--seed", "11", "--frames", "600000", "--run", scratch.path(run), "--set",
                            "goal.enabled=false", "--set", "evaluation.episodes=5", "--environment", cartpole,
                        ] + flags)
                    #expect(whole.wait(seconds: 90) == 0, "\(whole.everything)")
                    #expect(!whole.everything.contains("begin anew"))
                    #expect(try parameters(scratch.path(run)) == parameters(scratch.path("swift")), "\(flags)")
                }
                let part = try train("parts", "--environment", cartpole, "--isolate")
                #expect(eventually(within: 30) { frames(scratch.path("parts/metrics.jsonl")) > 10_000 })
                part.signal(SIGKILL)
                part.wait(seconds: 30)
                #expect(frames(scratch.path("parts/metrics.jsonl")) < 600_000)
                let rest = try train("parts", "--resume")
                #expect(rest.wait(seconds: 90) == 0, "\(rest.everything)")
                #expect(try parameters(scratch.path("parts")) == parameters(scratch.path("swift")))
            }
        }

        /// From a file of C to a trained and evaluated policy; serial, so that the same bits come of it each time.
        @Test func aLibraryTrains() async throws {
            try await onThread {
                let scratch = try Scratch()
                let corridor = try library("deploy/c/examples/corridor.c", scratch)
                let run = scratch.path("run")
                let trained = try Program.starling(
                    "train", "library", "--serial", "--environment", corridor, "--set", "environment.length=4", "--run", run, "--frames",
                    "40000", "--seed", "1", "--set", "evaluation.episodes=5")
                #expect(trained.wait(seconds: 120) == 0, "\(trained.everything)")
                #expect(!trained.everything.contains("no effect"), "\(trained.everything)")
                let configuration = try String(contentsOfFile: run + "/config.yaml", encoding: .utf8)
                #expect(configuration.contains("environment: {name: corridor, length: 4, library: "))
                // Four steps to the right: −0.3 and 1.
                let evaluated = try Program.starling("evaluate", run, "--episodes", "5")
                #expect(evaluated.wait(seconds: 60) == 0 && evaluated.everything.contains("mean 0.7"), "\(evaluated.everything)")
                let nearer = try Program.starling("evaluate", run, "--episodes", "5", "--set", "environment.length=3")
                #expect(nearer.wait(seconds: 60) == 0 && nearer.everything.contains("mean 0.8"), "\(nearer.everything)")
                let elsewhere = try Program.starling("evaluate", run, "--episodes", "5", "--environment", "other=\(corridor)")
                #expect(elsewhere.wait(seconds: 60) == 0 && elsewhere.everything.contains("mean 0.7"), "\(elsewhere.everything)")
            }
        }

        /// Observations and actions of several parts, with masks, through the wire.
        @Test func partsAndMasksTrain() async throws {
            try await onThread {
                let scratch = try Scratch()
                let warehouse = try library("deploy/c/examples/warehouse.c", scratch)
                let run = scratch.path("run")
                let trained = try Program.starling(
                    "train", "library", "--serial", "--environment", warehouse, "--run", run, "--frames", "120000", "--seed", "1", "--set",
                    "goal.enabled=false", "--set", "evaluation.episodes=20")
                #expect(trained.wait(seconds: 180) == 0, "\(trained.everything)")
                let summary = try #require(try scratch.json("run/summary.json")["evaluation"] as? [String: Any])
                // At random −1.2; a crate that lies four steps from the door and four from the robot brings 0.86.
                #expect((summary["mean"] as? Double).map { $0 > 0.4 } == true, "\(trained.everything)")
            }
        }

        @Test(arguments: ["lander.cpp", "switch.rs"])
        func examplesInOtherLanguagesTrain(example: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let path: String
                if example.hasSuffix(".rs") {
                    path = scratch.path("libswitch.so")
                    let compiler = try Program(
                        "/usr/bin/env",
                        [
                            "rustc", "--edition", "2021", "-O", "--crate-type", "cdylib", "-o", path,
                            "\(Self.root)/deploy/c/examples/\(example)",
                        ])
                    // Where there is no Rust there is nothing to be tested.
                    guard compiler.wait(seconds: 120) != 127 else { return }
                    #expect(FileManager.default.fileExists(atPath: path), "\(compiler.everything)")
                } else {
                    path = try library("deploy/c/examples/\(example)", scratch)
                }
                let trained = try Program.starling(
                    "train", "library", "--environment", path, "--run", scratch.path("run"), "--frames", "60000", "--seed", "1",
                    "--set", "evaluation.episodes=20")
                #expect(trained.wait(seconds: 120) == 0, "\(trained.everything)")
                let mean = try #require((try scratch.json("run/summary.json")["evaluation"] as? [String: Any])?["mean"] as? Double)
                // At random, 1.7 and 10.
                #expect(mean > (example == "switch.rs" ? 18 : 3.5), "\(mean)")
            }
        }

        /// A library that crashes again and again, in a process of its own: no actor ends, and all is accounted for.
        @Test func crashesCostEpisodesAlone() async throws {
            try await onThread {
                let scratch = try Scratch()
                let faulty = try library("Tests/Fixtures/library/faulty.c", scratch)
                let run = scratch.path("run")
                let learner = try Program.starling(
                    "train", "library", "--environment", faulty, "--isolate", "--set", "environment.fault=6", "--set",
                    "environment.at=2000",
                    "--run", run, "--frames", "0")
                // What crashes at its 2,000th step has made some good ones, and goes on for ever.
                let crashed = eventually(within: 60) {
                    ((try? scratch.rows("run/metrics.jsonl"))?.last?["environment_faults_died"] as? Int ?? 0) >= 4
                }
                #expect(crashed, "\(learner.everything)")
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 20) == 0)
                #expect(learner.everything.contains("signal 11"), "\(learner.everything)")
                #expect(!learner.everything.contains("starting it again"), "\(learner.everything)")
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                #expect(ledger["invalid"] as? Int == 0 && ledger["lost_with_actor"] as? Int == 0)
            }
        }

        /// In the actor's process a crash ends the actor, and where that comes again and again, it is told what to do.
        @Test func aCrashInTheActorEndsIt() async throws {
            try await onThread {
                let scratch = try Scratch()
                let faulty = try library("Tests/Fixtures/library/faulty.c", scratch)
                let learner = try Program.starling(
                    "train", "library", "--environment", faulty, "--set", "environment.fault=8", "--set", "environment.at=200", "--run",
                    scratch.path("run"), "--frames", "0")
                #expect(learner.wait(seconds: 60) == 1, "\(learner.everything)")
                #expect(learner.everything.contains("ended with status 3") && learner.everything.contains("--isolate"))
            }
        }

        /// A learner without the library takes the shapes from an actor, and an actor steps none that nobody here named.
        @Test func actorsOfOtherMachinesBringTheLibrary() async throws {
            try await onThread {
                let scratch = try Scratch()
                let corridor = try library("deploy/c/examples/corridor.c", scratch)
                let address = "tcp://127.0.0.1:\(freePort())"
                let recipe = scratch.path("own.yaml")
                try "environment: {name: corridor, length: 3}\n".write(toFile: recipe, atomically: true, encoding: .utf8)
                let learner = try Program.starling(
                    "learner", recipe, "--environment-from-actors", "--run", scratch.path("run"), "--bind", address)
                let stranger = try Program.actor("--learner", address, "--threads", "1")
                let named = try Program.actor(
                    "--learner", address, "--threads", "1", "--environment", corridor, "--environment", "length=3")
                let metrics = scratch.path("run/metrics.jsonl")
                #expect(eventually(within: 60) { frames(metrics) > 2_000 }, "\(learner.everything) \(named.everything)")
                #expect(stranger.wait(seconds: 20) == 1)
                #expect(stranger.everything.contains("--environment PATH"), "\(stranger.everything)")
                // One that has the library and knows of no options gets them from the learner.
                let plain = try Program.actor(
                    "--learner", address, "--threads", "1", "--environment", corridor, "--isolate", "--name", "plain")
                #expect(plain.waits(for: "acting with parameters", seconds: 30), "\(plain.everything)")
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 20) == 0)
                #expect(named.wait(seconds: 20) == 0 && plain.wait(seconds: 20) == 0)
            }
        }

        @Test func whatCanNotBeIsToldInALine() async throws {
            try await onThread {
                let scratch = try Scratch()
                let corridor = try library("deploy/c/examples/corridor.c", scratch)
                func refusal(_ arguments: [String], _ words: String, of program: String = "starling", status: Int32 = 1) throws {
                    let refused = try Program(program, arguments)
                    #expect(refused.wait(seconds: 20) == status, "\(refused.everything)")
                    #expect(refused.everything.contains(words), "\(refused.everything)")
                    if status != 64 { #expect(refused.everything.count { $0 == "\n" } == 1, "\(refused.everything)") }
                }
                let none = ["--run", scratch.path("none")]
                try refusal(["train", "library"] + none, "name its shared library by --environment")
                try refusal(["train", "library", "--environment", scratch.path("libnone.so")] + none, "No such file")
                try refusal(
                    ["train", "library", "--environment", corridor, "--set", "environment.lenght=3"] + none,
                    "did you mean environment.length?")
                try refusal(
                    ["train", "library", "--environment", corridor, "--set", "environment.length=1"] + none,
                    "length must be a number from 2")
                try refusal(["train", "library", "--environment", "Catch=\(corridor)"] + none, "has an environment Catch already")
                try refusal(["train", "library", "--environment", "Catch"] + none, "--set environment=NAME", status: 64)
                try refusal(["--environment", scratch.path("libnone.so")], "No such file", of: "starling-actor", status: 69)
                #expect(!FileManager.default.fileExists(atPath: scratch.path("none")))
            }
        }

        @Test func doctorLooksAnEnvironmentOver() async throws {
            try await onThread {
                let scratch = try Scratch()
                let (corridor, faulty) = (
                    try library("deploy/c/examples/corridor.c", scratch), try library("Tests/Fixtures/library/faulty.c", scratch)
                )
                for (program, arguments) in [
                    ("starling-actor", ["--environment", corridor, "--set", "length=9"]),
                    ("starling", ["--environment", corridor, "--isolate", "--set", "environment.length=9"]),
                    ("starling", ["--environment", "Pendulum-v1"]),
                ] {
                    let doctor = try Program(program, ["doctor"] + arguments)
                    #expect(doctor.wait(seconds: 60) == 0, "\(doctor.everything)")
                    for rule in ["spec", "seeds", "observations", "ranges", "endings", "independence", "state", "speed"] {
                        #expect(doctor.standardOutput.contains(" \(rule) "), "\(rule): \(doctor.everything)")
                    }
                }
                for (fault, words) in [
                    (10, "FAIL  observations   environment 0 left something"), (12, "FAIL  seeds"), (13, "FAIL  state"), (2, "FAIL  seeds"),
                ] {
                    let doctor = try Program.starling("doctor", "--environment", faulty, "--set", "fault=\(fault)", "--steps", "300")
                    #expect(doctor.wait(seconds: 60) == 1 && doctor.standardOutput.contains(words), "\(doctor.everything)")
                }
                let unknown = try Program.actor("doctor", "--environment", "Cartpole-v1")
                #expect(
                    unknown.wait(seconds: 20) == 1 && unknown.everything.contains("did you mean 'CartPole-v1'?"), "\(unknown.everything)")
            }
        }

        /// A built-in environment that a recipe tells more than its name.
        @Test func aLakeOfOnesOwnTrains() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let recipe = scratch.path("lake.yaml")
                try """
                environment: {name: FrozenLake-v1, map: [SF, HG], slippery: false}
                algorithm: ppo
                frames: 20000
                """.write(toFile: recipe, atomically: true, encoding: .utf8)
                let trained = try Program.starling(
                    "train", recipe, "--run", run, "--seed", "1", "--set", "optimizer.learning_rate=0.003", "--set",
                    "evaluation.episodes=10")
                #expect(trained.wait(seconds: 60) == 0, "\(trained.everything)")
                let evaluated = try Program.starling("evaluate", run, "--episodes", "5")
                #expect(evaluated.wait(seconds: 30) == 0 && evaluated.everything.contains("mean 1.0"), "\(evaluated.everything)")
                let wrong = try Program.starling("train", recipe, "--run", scratch.path("none"), "--set", "environment.map=[SX]")
                #expect(wrong.wait(seconds: 20) == 1 && wrong.everything.contains("environment.map must have an S"), "\(wrong.everything)")
                let unknown = try Program.starling("train", recipe, "--run", scratch.path("none"), "--set", "environment.slipery=true")
                #expect(
                    unknown.wait(seconds: 20) == 1 && unknown.everything.contains("did you mean environment.slippery?"),
                    "\(unknown.everything)")
            }
        }
    }
}
