import Foundation
import Testing

/// A Python that has what `deploy/python/starling_actor.py` needs, if there is one here.
private enum ActorPython {
    static let path = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"
    static let isHere = (try? Program("/usr/bin/env", [path, "-c", "import gymnasium, zmq"]))?.wait(seconds: 60) == 0
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appending(path: "deploy/python").path

    static func file(_ name: String) -> String { root.appending(path: name).path }

    /// Starts it for a learner.
    static func actor(_ address: String, _ environment: String = "CartPole-v1", _ more: String...) throws -> Program {
        try Program(
            "/usr/bin/env",
            [path, folder + "/starling_actor.py", "--learner", address, "--environment-id", environment, "--give-up-after", "30"] + more)
    }
}

extension Processes {
    /// The actor in one file of Python, which knows of the learner what the pages of the wire tell.
    @Suite(.enabled(if: ActorPython.isHere, "python3 lacks gymnasium or pyzmq: STARLING_TEST_PYTHON names one that has them"))
    struct PythonActor {
        /// Every update trains on what the newest parameters made, so that all rows count at lag zero.
        static let isAtLagZero = [
            "goal.enabled=false", "batch.max_queued_batches=0", "batch.columns=32", "acting.unroll_length=20", "evaluation.episodes=10",
        ]

        static func learner(
            _ recipe: String, _ scratch: Scratch, _ address: String, frames: Int, _ settings: [String], _ more: String...
        ) throws -> Program {
            try Program.starling(
                ["learner", recipe, "--run", scratch.path("run"), "--bind", address, "--frames", "\(frames)"] + more
                    + settings.flatMap { ["--set", $0] })
        }

        static func expectEqualPolicies(_ scratch: Scratch) throws {
            let rows = try scratch.rows("run/metrics.jsonl")
            let ratios = rows.compactMap { $0["max_log_ratio_at_lag_zero"] as? Double }
            #expect(ratios.count > 1 && ratios.allSatisfy { $0 < 1e-4 }, "\(ratios.max() ?? .nan)")
            let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
            expectBalance(ledger)
            #expect(ledger["invalid"] as? Int == 0)
        }

        @Test func itHasThePagesCheckVectors() async throws {
            try await onThread {
                let check = try Program(
                    "/usr/bin/env", [ActorPython.path, ActorPython.file("Tests/Fixtures/python/check_vectors.py"), ActorPython.folder])
                #expect(check.wait(seconds: 60) == 0 && check.standardOutput == "equal\n", "\(check.everything)")
            }
        }

        @Test(arguments: ["array", "dict", "tuple"])
        func aResetWithoutADictionaryIsTold(space: String) async throws {
            try await onThread {
                let code = """
                    import sys
                    sys.path[:0] = sys.argv[1:3]
                    import starling_actor, worlds
                    try:
                        starling_actor.Environment(lambda: worlds.Bare(sys.argv[3])).reset(1)
                    except starling_actor.Failure as failure:
                        print(failure)
                    """
                let told = try Program(
                    "/usr/bin/env",
                    [ActorPython.path, "-c", code, ActorPython.folder, ActorPython.file("Tests/Fixtures/gymnasium"), space])
                #expect(told.wait(seconds: 60) == 0, "\(told.everything)")
                #expect(told.standardOutput == "reset must return an observation and a dictionary\n", "\(told.everything)")
            }
        }

        @Test func besideAnActorOfOursItLearns() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let learner = try Self.learner("cartpole", scratch, address, frames: 140_000, Self.isAtLagZero)
                let python = try ActorPython.actor(address, "CartPole-v1", "--name", "python")
                // Ours is so much quicker to begin, and to step, that it might have done it all before.
                #expect(python.waits(for: "joined", seconds: 20), "\(python.everything)")
                let ours = try Program.actor("--learner", address, "--name", "swift", "--threads", "1")
                #expect(learner.wait(seconds: 60) == 0, "\(learner.everything)")
                #expect(ours.wait(seconds: 5) == 0)
                #expect(python.wait(seconds: 10) == 0, "\(python.everything)")
                try Self.expectEqualPolicies(scratch)
                #expect(try scratch.rows("run/metrics.jsonl").allSatisfy { ($0["policy_lag_max"] as? Double ?? 0) == 0 })
                let best = try scratch.rows("run/metrics.jsonl").compactMap { $0["mean_return"] as? Double }.max()
                #expect(try #require(best) > 150, "\(learner.everything)")
                let ledger = try Program.starling("ledger", scratch.path("run"), "--json")
                #expect(ledger.wait(seconds: 20) == 0)
                let actors = try #require(
                    try (JSONSerialization.jsonObject(with: Data(ledger.standardOutput.utf8)) as? [String: Any])?["actors"]
                        as? [String: Any])
                for name in ["swift", "python"] {
                    let trained = (actors[name] as? [String: Any])?["trained"] as? Int
                    #expect(try #require(trained) > 20, "\(name): \(ledger.standardOutput)")
                }
            }
        }

        @Test(arguments: [
            ("cartpole", "CartPole-v1", ["acting.latent=noise", "model.core=gru", "model.frame_stack=2"]),
            ("cartpole", "CartPole-v1", ["acting.latent=mean", "model.core=lstm", "model.normalize_observations=true"]),
            ("cartpole", "CartPole-v1", ["acting.latent=noise", "model.latent=32", "model.latent_classes=8"]),
            ("pendulum", "Pendulum-v1", ["model.action_distribution=gaussian"]),
            ("pendulum", "Pendulum-v1", ["model.action_distribution=tanh_gaussian", "acting.latent=noise"]),
        ])
        func aloneItComputesTheLearnersPolicy(recipe: String, environment: String, settings: [String]) async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let learner = try Self.learner(recipe, scratch, address, frames: 40 * 640, Self.isAtLagZero + settings)
                let python = try ActorPython.actor(address, environment)
                #expect(learner.wait(seconds: 60) == 0, "\(learner.everything)")
                #expect(python.wait(seconds: 10) == 0, "\(python.everything)")
                try Self.expectEqualPolicies(scratch)
            }
        }

        /// Environments that only the actor knows: pictures with convolutions, a recurrent state, a stack of frames and noise, whose
        /// reward is the action, of 5 to 7, in each of seven steps; and ids with embeddings.
        @Test(arguments: [
            (
                "Picture", "Tests/Fixtures/gymnasium/worlds.py", 45.0,
                """
                model: {convolutions: {channels: [8], kernels: 3, strides: 1, paddings: 1}, encoder: [32], core: gru, frame_stack: 2, \
                        observation_scale: 255}
                acting: {unroll_length: 10, environments_per_unroll: 8, environments_per_actor: 16, latent: noise}
                """
            ),
            (
                "Ids", "Tests/Fixtures/python/ids.py", 3.5,
                """
                model: {embedding: 8, encoder: [64], latent: 16}
                latent: {representation: none}
                acting: {unroll_length: 10, environments_per_unroll: 8, environments_per_actor: 16}
                """
            ),
            // Actions of several parts, of which chance makes 60 and the best choices 88.
            (
                "Hands", "Tests/Fixtures/gymnasium/worlds.py", 70.0,
                """
                model: {encoder: [32], latent: 8}
                acting: {unroll_length: 10, environments_per_unroll: 8, environments_per_actor: 16}
                """
            ),
            // Action masks: an environment that raises an error when it is given another action.
            (
                "Masked", "Tests/Fixtures/gymnasium/worlds.py", 6.9,
                """
                model: {encoder: [32], latent: 8}
                acting: {unroll_length: 10, environments_per_unroll: 8, environments_per_actor: 16}
                """
            ),
            // Observations of several parts: numbers and two pictures, one through convolutions, one a target alone; stacked.
            (
                "Rover", "Tests/Fixtures/gymnasium/worlds.py", 4.5,
                """
                model: {joined: [32], latent: 8, frame_stack: 2, encoders: {eye.camera: {channels: [8], kernels: [3], strides: [1]}, map: {role: target}}}
                acting: {unroll_length: 10, environments_per_unroll: 8, environments_per_actor: 16, latent: noise}
                """
            ),
        ])
        func itBringsAnEnvironmentOfItsOwn(environment: String, module: String, leastReturn: Double, settings: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                try """
                environment: \(environment)
                \(settings)
                batch: {columns: 16, max_queued_batches: 0}
                optimizer: {learning_rate: 0.003}
                evaluation: {episodes: 20}
                """.write(toFile: scratch.path("own.yaml"), atomically: true, encoding: .utf8)
                let learner = try Self.learner(
                    scratch.path("own.yaml"), scratch, address, frames: 20_000, [], "--environment-from-actors")
                let python = try ActorPython.actor(address, environment, "--module", ActorPython.file(module))
                #expect(learner.wait(seconds: 60) == 0, "\(learner.everything)")
                #expect(python.wait(seconds: 10) == 0, "\(python.everything)")
                try Self.expectEqualPolicies(scratch)
                let evaluation = try #require(try scratch.json("run/summary.json")["evaluation"] as? [String: Any])
                #expect(try #require(evaluation["mean"] as? Double) > leastReturn, "\(learner.everything)")
                #expect(try #require(evaluation["mean_length"] as? Double) >= 1)
                #expect(evaluation["terminated"] is Double, "\(evaluation)")
            }
        }

        /// What steps cost, by the name that it was started with, arrives at the learner and moves the price that keeps the limit.
        @Test func itTellsCosts() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                try """
                environment: Tolls-v0
                batch: {columns: 16, max_queued_batches: 0}
                optimizer: {learning_rate: 0.003}
                cost: {limit: 8, rate: 0.001}
                evaluation: {episodes: 20}
                """.write(toFile: scratch.path("own.yaml"), atomically: true, encoding: .utf8)
                let learner = try Self.learner(
                    scratch.path("own.yaml"), scratch, address, frames: 20_000, [], "--environment-from-actors")
                let python = try ActorPython.actor(
                    address, "Tolls-v0", "--module", ActorPython.file("Tests/Fixtures/gymnasium/worlds.py"), "--cost", "toll")
                #expect(learner.wait(seconds: 60) == 0, "\(learner.everything)")
                #expect(python.wait(seconds: 10) == 0, "\(python.everything)")
                try Self.expectEqualPolicies(scratch)
                // Three steps cost 1 + 2 + 3, each ten times that without action: at random 33.
                let costs = try scratch.rows("run/metrics.jsonl").compactMap { $0["info_cost"] as? Double }
                #expect(try #require(costs.first) > 20 && #require(costs.last) < 12, "\(costs)")
            }
        }

        /// Killed and started again, without its learner and with it again: it goes on, and nothing is lost but what was killed.
        @Test func itOutlivesItsLearnerAndIsReplaced() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let metrics = scratch.path("run/metrics.jsonl")
                let early = try ActorPython.actor(address, "CartPole-v1", "--name", "early")
                #expect(early.waits(for: "trying again", seconds: 10))
                func learner(_ more: String...) throws -> Program {
                    try Program.starling(
                        [
                            "learner", "cartpole", "--run", scratch.path("run"), "--bind", address, "--set", "goal.enabled=false",
                            "--frames", "1000000000",
                        ] + more)
                }
                let first = try learner()
                #expect(eventually(within: 30) { frames(metrics) > 10_000 }, "\(early.everything)")
                let late = try ActorPython.actor(address, "CartPole-v1", "--name", "late")
                #expect(late.waits(for: "joined", seconds: 20))
                late.signal(SIGKILL)
                late.wait(seconds: 5)
                let again = try ActorPython.actor(address, "CartPole-v1", "--name", "late")
                var before = frames(metrics)
                #expect(again.waits(for: "joined", seconds: 20))
                #expect(eventually(within: 20) { frames(metrics) > before + 10_000 })
                // It is told of a restart, and not told of a death.
                for (signal, words) in [(SIGTERM, "it restarts"), (SIGKILL, "the connection is gone")] {
                    let learner = signal == SIGTERM ? first : try learner("--resume")
                    if signal == SIGKILL { #expect(eventually(within: 30) { frames(metrics) > before + 10_000 }, "\(early.everything)") }
                    learner.signal(signal)
                    learner.wait(seconds: 10)
                    #expect(early.waits(for: words, seconds: 10), "\(early.everything)")
                    before = frames(metrics)
                }
                let joined = again.everything.count(of: "joined")
                let last = try learner("--resume")
                #expect(eventually(within: 30) { again.everything.count(of: "joined") > joined }, "\(again.everything)")
                #expect(eventually(within: 30) { frames(metrics) > before + 10_000 }, "\(early.everything)")
                last.signal(SIGINT)
                #expect(last.wait(seconds: 10) == 0)
                #expect(early.wait(seconds: 10) == 0 && again.wait(seconds: 10) == 0, "\(early.everything) \(again.everything)")
                let ledger = try #require(try scratch.json("run/summary.json")["ledger"] as? [String: Any])
                expectBalance(ledger)
                for fate in ["invalid", "dropped", "lost_with_learner"] { #expect(ledger[fate] as? Int == 0, "\(fate): \(ledger)") }
            }
        }

        @Test func withAKeyItIsLetInAndWithoutItSaysWhatIsWrong() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let keys = scratch.path("keys")
                #expect(try Program.starling("keygen", keys, "farm", "other").wait(seconds: 20) == 0)
                #expect(try Program.starling("enrol", keys + "/farm.key").wait(seconds: 20) == 0)
                let learner = try Self.learner("cartpole", scratch, address, frames: 20_000, Self.isAtLagZero, "--keys", keys)
                #expect(learner.waits(for: "waiting for a", seconds: 10))
                for (environment, more, status, words) in [
                    ("CartPole-v1", ["--key", keys + "/other.key", "--give-up-after", "2"], 1, "no learner at \(address) for 2 s"),
                    ("CartPole-v1", ["--key", keys + "/none.key"], 1, "can't be read"),
                    ("Acrobot-v1", ["--key", keys + "/farm.key"], 1, "has no environment CartPole-v1"),
                    ("CartPol-v1", [], 69, "Did you mean: `CartPole`"),
                ] as [(String, [String], Int32, String)] {
                    let refused = try Program(
                        "/usr/bin/env",
                        [
                            ActorPython.path, ActorPython.folder + "/starling_actor.py", "--learner", address, "--environment-id",
                            environment,
                        ]
                            + more)
                    #expect(refused.wait(seconds: 30) == status, "\(refused.everything)")
                    #expect(refused.standardError.split(separator: "\n").last?.contains(words) == true, "\(refused.everything)")
                    #expect(!refused.standardError.contains("Traceback"), "\(refused.everything)")
                }
                let python = try ActorPython.actor(address, "CartPole-v1", "--key", keys + "/farm.key")
                #expect(learner.wait(seconds: 60) == 0, "\(learner.everything)")
                #expect(python.wait(seconds: 10) == 0, "\(python.everything)")
                try Self.expectEqualPolicies(scratch)
            }
        }

        /// What it can't compute it says, by name and with both builds.
        @Test func whatItCanNotDoItSays() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let learner = try Self.learner("cartpole-search", scratch, address, frames: 2000, [])
                let python = try ActorPython.actor(address)
                #expect(python.wait(seconds: 30) == 69, "\(python.everything)")
                #expect(python.standardError.contains("planning"), "\(python.everything)")
                #expect(learner.waits(for: "planning", seconds: 5), "\(learner.everything)")
                learner.signal(SIGINT)
                #expect(learner.wait(seconds: 10) != nil)
            }
        }
    }
}
