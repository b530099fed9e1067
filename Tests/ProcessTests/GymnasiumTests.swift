import Foundation
import StarlingProcessSupport
import Testing

/// A Python that has Gymnasium, if there is one here.
private enum GymnasiumPython {
    static let path = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"
    static let isHere = (try? Program("/usr/bin/env", [path, "-c", "import gymnasium"]))?.wait(seconds: 60) == 0
}

extension Processes {
    /// Environments of the user's own Python, as a user has them trained in.
    @Suite(.enabled(if: GymnasiumPython.isHere, "python3 has no gymnasium: STARLING_TEST_PYTHON names one that has"))
    struct Gymnasium {
        static let python = GymnasiumPython.path
        static let isHere = GymnasiumPython.isHere
        static let worlds = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/gymnasium/worlds.py").path

        /// A file of one's own, from nothing to a trained and evaluated policy, and on with it.
        @Test func aFileOfOnesOwnTrains() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let small = ["--set", "goal.enabled=false", "--set", "evaluation.episodes=5"]
                let trained = try Program.starling(
                    [
                        "train", "gymnasium", "--serial", "--seed", "1", "--python", Self.python, "--run", run, "--frames", "40000",
                        "--set", "environment.module=\(Self.worlds)", "--set", "environment.id=Corridor-v0", "--set",
                        "environment.kwargs.goal=4", "--set", "environment.metrics=[success, place]",
                    ] + small)
                #expect(trained.wait(seconds: 120) == 0, "\(trained.everything)")
                #expect(!trained.everything.contains("no effect"), "\(trained.everything)")
                let configuration = try String(contentsOfFile: run + "/config.yaml", encoding: .utf8)
                let options = "id: Corridor-v0, kwargs: {goal: 4}, metrics: [success, place], module: "
                #expect(configuration.contains("environment: {name: gymnasium, " + options))
                let last = try #require(try scratch.rows("run/metrics.jsonl").last)
                #expect(try #require(last["info_success"] as? Double) > 0.9 && last["info_place"] is Double, "\(last)")
                #expect(try #require(last["mean_length"] as? Double) < 6, "\(last)")
                let summary = try #require(try scratch.json("run/summary.json")["evaluation"] as? [String: Any])
                #expect(summary["measures"] as? [String: Double] == ["success": 1, "place": 4], "\(summary)")
                let evaluated = try Program.starling("evaluate", run, "--python", Self.python, "--episodes", "5", "--json")
                #expect(evaluated.wait(seconds: 60) == 0, "\(evaluated.everything)")
                // Four steps to the right: −0.3 and 1.
                let told = try #require(try JSONSerialization.jsonObject(with: Data(evaluated.standardOutput.utf8)) as? [String: Any])
                #expect(told["measures"] as? [String: Double] == ["success": 1, "place": 4], "\(evaluated.everything)")
                let mean = told["mean"] as? Double
                #expect(mean.map { abs($0 - 0.7) < 1e-3 } == true, "\(evaluated.everything)")
                #expect(told["mean_length"] as? Double == 4, "\(evaluated.everything)")
                #expect(told["terminated"] as? Double == 1, "\(evaluated.everything)")
                // A nearer goal, on the way that it knows: −0.2 and 1.
                let nearer = try Program.starling(
                    "evaluate", run, "--python", Self.python, "--episodes", "5", "--set", "environment.kwargs.goal=3")
                #expect(nearer.wait(seconds: 60) == 0 && nearer.everything.contains("mean 0.8"), "\(nearer.everything)")
                let resumed = try Program.starling(
                    ["train", "--resume", "--python", Self.python, "--run", run, "--frames", "50000"] + small)
                #expect(resumed.wait(seconds: 120) == 0, "\(resumed.everything)")
            }
        }

        /// A picture, one that lies deeper, and numbers, each with an encoder and a decoder of its own.
        @Test func observationsOfSeveralPartsTrain() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let trained = try Program.starling(
                    "train", "gymnasium", "--serial", "--seed", "1", "--python", Self.python, "--run", run, "--frames", "120000", "--set",
                    "environment.module=\(Self.worlds)", "--set", "environment.id=Rover", "--set", "goal.enabled=false", "--set",
                    "evaluation.episodes=20", "--set", "optimizer.learning_rate=0.001", "--set",
                    "model.encoders={eye.camera: {channels: [8], kernels: 3, dense: [32], weight: 0.1}, map: {dense: [8]}}")
                #expect(trained.wait(seconds: 180) == 0, "\(trained.everything)")
                #expect(!trained.everything.contains("no effect"), "\(trained.everything)")
                // The last row may be of a moment without an update.
                let metrics = try #require(try scratch.rows("run/metrics.jsonl").last { $0["reconstruction_loss"] is Double })
                for part in ["vector", "eye.camera", "map"] {
                    #expect((metrics["reconstruction_loss.\(part)"] as? Double)?.isFinite == true, "\(part) \(metrics)")
                }
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                #expect(ledger["invalid"] as? Int == 0)
                let evaluated = try Program.starling("evaluate", run, "--python", Self.python, "--episodes", "20", "--json")
                #expect(evaluated.wait(seconds: 60) == 0, "\(evaluated.everything)")
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(evaluated.standardOutput.utf8)) as? [String: Any])
                // Five answers of an episode, of which guesses are right in a half.
                #expect((object["mean"] as? Double).map { $0 > 4 } == true, "\(evaluated.everything)")
                let latent = try #require(object["latent"] as? [String: Any])
                let parts = try #require(latent["parts"] as? [[String: Any]])
                #expect(parts.map { $0["name"] as? String } == ["vector", "eye.camera", "map"])
                #expect(parts[1]["psnr"] is Double && parts[0]["psnr"] is NSNull)
                // One that shows its map otherwise is another environment.
                let other = try Program.starling(
                    "train", "gymnasium", "--python", Self.python, "--run", scratch.path("other"), "--set",
                    "environment.module=\(Self.worlds)", "--set", "environment.id=Rover", "--set", "model.encoders.camera.dense=[8]")
                #expect(other.wait(seconds: 60) == 1)
                #expect(
                    other.everything.contains("no such part; did you mean eye.camera?")
                        || other.everything.contains("They are vector float32 [5]"),
                    "\(other.everything)")
            }
        }

        /// Workers are killed while it trains: no actor ends, nothing is lost, and all is accounted for.
        @Test func killedWorkersCostEpisodesAlone() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let learner = try Program.starling(
                    "train", "gymnasium", "--python", Self.python, "--run", run, "--set", "environment.id=CartPole-v1", "--set",
                    "environment.vectorised=false", "--set", "acting.unroll_length=32", "--set", "train.actors=2")
                let metrics = run + "/metrics.jsonl"
                #expect(eventually(within: 60) { frames(metrics) > 5_000 }, "\(learner.everything)")
                for round in 1...4 {
                    let before = frames(metrics)
                    let victims = Self.workers(of: learner.identifier)
                    #expect(victims.count == 2, "round \(round): \(victims)")
                    for victim in victims { kill(victim, SIGKILL) }
                    #expect(eventually(within: 60) { frames(metrics) > before + 5_000 }, "\(learner.everything)")
                }
                // Actors tell how often now and then.
                let isTold = eventually(within: 30) {
                    (try? scratch.rows("run/metrics.jsonl"))?.last?["environment_faults_died"] as? Int == 8
                }
                #expect(isTold, "\(learner.everything)")
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 20) == 0)
                #expect(learner.everything.contains("killed by signal 9"), "\(learner.everything)")
                #expect(!learner.everything.contains("starting it again"), "\(learner.everything)")
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                #expect(ledger["invalid"] as? Int == 0 && ledger["lost_with_actor"] as? Int == 0)
            }
        }

        /// A learner without Python takes the shapes from an actor, and an actor steps only what whoever started it allows.
        @Test func actorsOfOtherMachinesBringTheEnvironment() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let run = scratch.path("run")
                let learner = try Program.starling(
                    "learner", "gymnasium", "--python", "/nowhere/python3", "--environment-from-actors", "--run", run, "--bind", address,
                    "--set", "environment.id=Corridor-v0", "--set", "environment.module=worlds")
                // Supervisors and services that start actors by what they find in the directory see it before the first of them comes.
                var lines: [Substring] = []
                let isAddressTold = eventually(within: 20) {
                    lines = ((try? String(contentsOfFile: run + "/address", encoding: .utf8)) ?? "").split(separator: "\n")
                    return lines.count == 2
                }
                #expect(isAddressTold && lines.first == Substring(address), "\(learner.everything)")
                let port = try #require(lines.last?.split(separator: ":").last.flatMap { UInt16($0) })
                for probe in ["/livez", "/readyz"] {
                    #expect(WebClient.get(probe, port: port)?.hasPrefix("HTTP/1.1 200") == true)
                }
                let stranger = try Program.actor("--learner", address, "--threads", "1")
                let named = try Program.actor(
                    "--learner", address, "--threads", "1", "--python", Self.python, "--module", Self.worlds, "--environment",
                    "id=Corridor-v0", "--environment", "module=worlds")
                let metrics = run + "/metrics.jsonl"
                #expect(eventually(within: 60) { frames(metrics) > 2_000 }, "\(learner.everything) \(named.everything)")
                #expect(stranger.wait(seconds: 20) == 1)
                #expect(stranger.everything.contains("--python PATH"), "\(stranger.everything)")
                // One with Python that was not told of the module leaves, and says so.
                let untold = try Program.actor("--learner", address, "--threads", "1", "--python", Self.python)
                #expect(untold.wait(seconds: 60) == 69)
                #expect(untold.everything.contains("start the actor with --module worlds"), "\(untold.everything)")
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 20) == 0)
                #expect(named.wait(seconds: 20) == 0)
            }
        }

        /// A learner that is sent home before anybody brings the environment leaves nothing behind.
        @Test func waitsWithoutATrace() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let learner = try Program.starling(
                    "learner", "gymnasium", "--python", "/nowhere/python3", "--environment-from-actors", "--run", run, "--bind",
                    "tcp://127.0.0.1:\(freePort())", "--set", "environment.id=Corridor-v0")
                #expect(eventually(within: 20) { FileManager.default.fileExists(atPath: run + "/address") }, "\(learner.everything)")
                learner.signal(SIGTERM)
                #expect(learner.wait(seconds: 20) == 0, "\(learner.everything)")
                #expect(!FileManager.default.fileExists(atPath: run))
            }
        }

        /// To a pipe no colours, of a picture or what it takes.
        @Test func whatDrawsItselfIsShown() async throws {
            try await onThread {
                let scratch = try Scratch()
                func played(_ world: String, _ more: String...) throws -> Program {
                    let run = scratch.path(world)
                    let trained = try Program.starling(
                        "train", "gymnasium", "--serial", "--python", Self.python, "--run", run, "--frames", "500", "--set",
                        "environment.module=\(Self.worlds)", "--set", "environment.id=\(world)", "--set", "evaluation.episodes=1")
                    #expect(trained.wait(seconds: 120) == 0, "\(trained.everything)")
                    return try Program.starling(["play", run, "--python", Self.python] + more)
                }
                let drawn = try played("Picture")
                #expect(drawn.wait(seconds: 60) == 0, "\(drawn.everything)")
                #expect(!drawn.standardOutput.contains("\u{1B}"), "\(drawn.everything)")
                #expect(drawn.standardOutput.contains("step 7, return") && drawn.standardOutput.contains("rule greedy"))
                let plain = try played("Corridor")
                #expect(plain.wait(seconds: 60) == 1, "\(plain.everything)")
                #expect(plain.standardError.contains("can't draw itself") && plain.standardError.contains("render_mode=\"rgb_array\""))
            }
        }

        @Test func whatCanNotBeIsToldInALine() async throws {
            try await onThread {
                let scratch = try Scratch()
                for (setting, words) in [
                    ("environment.id=CartPol-v1", "CartPole-v1"), ("environment.idd=X", "did you mean environment.id?"),
                    ("environment=Catch", ""), ("environment.seed_every_episode=perhaps", "true or false"),
                ] where !words.isEmpty {
                    let program = try Program.starling(
                        "train", "gymnasium", "--python", Self.python, "--run", scratch.path("none"), "--set", "environment.id=CartPole-v1",
                        "--set", setting)
                    #expect(program.wait(seconds: 60) == 1, "\(program.everything)")
                    let isOneLine = program.standardError.count { $0 == "\n" } == 1
                    #expect(program.standardError.contains(words) && isOneLine, "\(program.everything)")
                }
                let plain = try Program.starling("train", "catch", "--run", scratch.path("none"), "--set", "environment.id=X")
                #expect(plain.wait(seconds: 20) == 1 && plain.everything.contains("Catch has no options"), "\(plain.everything)")
            }
        }

        /// Python processes below this one.
        private static func workers(of process: pid_t) -> [pid_t] {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
            let children = tasks.flatMap { task in
                let text = (try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)) ?? ""
                return text.split(separator: " ").compactMap { pid_t($0) }
            }
            return children.flatMap { child in
                let command = (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)) ?? ""
                return command.contains("/proc/self/fd/3") ? [child] : workers(of: child)
            }
        }
    }
}
