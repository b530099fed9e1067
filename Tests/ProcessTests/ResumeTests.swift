import Foundation
import StarlingExperience
import StarlingLearning
import StarlingStorage
import Testing

extension Processes {
    /// What a run keeps when it goes on, and what can't harm it.
    @Suite struct Resuming {
        func train(_ run: String, _ arguments: String..., seconds: Double = 30) throws -> Program {
            let program = try Program(
                "starling", ["train", "cartpole", "--run", run, "--set", "goal.enabled=false"] + arguments)
            #expect(program.wait(seconds: seconds) != nil, "\(arguments) hangs")
            return program
        }

        @Test func aRunKeepsItsOwnSettingsSecondsAndSpeed() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--seed", "7", "--frames", "40000", "--set", "vtrace.discount=0.98")
                let first = try scratch.json("run/summary.json")
                _ = try train(run, "--resume", "--frames", "80000")
                let config = try String(contentsOfFile: run + "/config.yaml", encoding: .utf8)
                #expect(config.contains("seed: 7") && config.contains("discount: 0.98"))
                let second = try scratch.json("run/summary.json")
                #expect(second["seed"] as? Int == 7)
                let speeds = try [first, second].map { try #require($0["frames_per_second"] as? Double) }
                // Frames and seconds are both of the whole run; the first start's frames over the second's time would
                // be far more.
                #expect(speeds[1] < 1.6 * speeds[0])
                #expect(try #require(second["frames"] as? Int) < 82_000)
            }
        }

        @Test func aResumeThatCantFitLeavesTheRunAsItWas() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--frames", "20000")
                let config = try String(contentsOfFile: run + "/config.yaml", encoding: .utf8)
                let refused = try train(run, "--resume", "--frames", "40000", "--set", "model.latent=16")
                #expect(refused.wait(seconds: 5) == 1)
                #expect(refused.everything.contains("encoder.mean.weight") && refused.everything.contains("model keys"))
                #expect(try String(contentsOfFile: run + "/config.yaml", encoding: .utf8) == config)
                let evaluate = try Program.starling("evaluate", run, "--episodes", "5", "--json")
                #expect(evaluate.wait(seconds: 10) == 0)
            }
        }

        @Test func aRunWithAllItsFramesIsFinished() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--frames", "20000")
                let before = try String(contentsOfFile: run + "/summary.json", encoding: .utf8)
                let again = try train(run, "--resume")
                #expect(again.wait(seconds: 5) == 0)
                #expect(again.standardOutput.contains("This run is finished: all its frames"))
                #expect(again.standardOutput.contains("--frames MORE"))
                #expect(try String(contentsOfFile: run + "/summary.json", encoding: .utf8) == before)
                #expect(try String(contentsOfFile: run + "/generation", encoding: .utf8) == "1\n")
            }
        }

        @Test func aRunWhoseGoalIsReachedIsFinishedUntilItGetsAHigherOne() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                func go(_ arguments: String...) throws -> Program {
                    let program = try Program(
                        "starling", ["train", "cartpole", "--run", run, "--set", "goal.margin=0"] + arguments)
                    #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
                    return program
                }
                _ = try go("--set", "goal.return=15", "--frames", "5000000")
                let first = try scratch.json("run/summary.json")
                #expect(first["goal_reached"] as? Bool == true && first["goal"] as? Double == 15)
                let again = try go("--resume")
                #expect(again.standardOutput.contains("its goal, a mean return of 15.0, is reached"))
                #expect(again.standardOutput.contains("goal.return=HIGHER"))
                #expect(try scratch.json("run/summary.json")["frames"] as? Int == first["frames"] as? Int)
                _ = try go("--resume", "--set", "goal.return=40")
                let second = try scratch.json("run/summary.json")
                #expect(try #require(second["frames"] as? Int) > (first["frames"] as? Int ?? .max))
                _ = try go("--resume", "--set", "goal.enabled=false", "--frames", "\((second["frames"] as? Int ?? 0) + 20_000)")
                #expect(try #require(try scratch.json("run/summary.json")["frames"] as? Int) > (second["frames"] as? Int ?? .max))
            }
        }

        @Test func aRunGoesOnWithoutItsRecipe() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--frames", "20000")
                let resumed = try Program.starling("train", "--resume", "--run", run, "--frames", "40000")
                #expect(resumed.wait(seconds: 30) == 0, "\(resumed.everything)")
                #expect(try #require(try scratch.json("run/summary.json")["frames"] as? Int) >= 40_000)
                #expect(try String(contentsOfFile: run + "/config.yaml", encoding: .utf8).contains("# recipe: cartpole\n"))
                for command in ["train", "learner"] {
                    let neither = try Program.starling(command, "--run", scratch.path("other"))
                    #expect(neither.wait(seconds: 5) == 64)
                    #expect(neither.everything.contains("name a recipe"))
                }
                let nothing = try Program.starling("learner", "--resume", "--run", scratch.path("other"))
                #expect(nothing.wait(seconds: 5) == 1)
                #expect(nothing.everything.contains("holds no run to resume"))
            }
        }

        @Test func wrongAndIdleKeysAreToldInALine() async throws {
            try await onThread {
                let scratch = try Scratch()
                let wrong = try Program.starling("train", "cartpole", "--run", scratch.path("run"), "--set", "vtrace.discont=0.9")
                #expect(wrong.wait(seconds: 10) == 1)
                #expect(wrong.everything.contains("did you mean \"vtrace.discount\"?"))
                #expect(wrong.everything.contains("list --keys") && wrong.everything.count < 300)
                let keys = try Program.starling("list", "--keys")
                #expect(keys.wait(seconds: 10) == 0 && keys.standardOutput.contains("  discount: 0.99"))
                let idle = try train(
                    scratch.path("run"), "--frames", "10000", "--set", "model.action_distribution=tanh_gaussian")
                #expect(idle.everything.contains("model.action_distribution: tanh_gaussian has no effect"))
            }
        }

        @Test(arguments: [
            "acrobot", "cartpole", "cartpole-dqn", "cartpole-dyna", "cartpole-pixels", "cartpole-pqn", "cartpole-ppo",
            "cartpole-reinforce", "cartpole-sarsa", "cartpole-search", "catch", "catch-dyna", "catch-search", "cliffwalking", "connectfour",
            "dehaze", "dynamaze", "frozenlake", "frozenlake8x8", "inventory", "minatar", "minatar-dyna", "minatar-freeway", "mountaincar",
            "pendulum",
            "pendulum-cem", "pendulum-dyna", "pendulum-ppo", "pendulum-sac", "portfolio", "recall", "recall-dqn", "recall-dyna",
            "road", "satisfaction", "slates", "taxi", "tracking",
        ])
        func recipesSetNoIdleKeys(recipe: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let program = try Program.starling(
                    "train", recipe, "--serial", "--run", scratch.path("run"), "--frames", "500", "--set", "goal.enabled=false",
                    "--set", "evaluation.episodes=1")
                #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
                #expect(!program.everything.contains("no effect"))
            }
        }

        @Test(arguments: [
            ("movies", "scripts/data movielens"), ("text", "scripts/data text"), ("text-seqgan", "scripts/data seqgan"),
            ("drawing", "scripts/data drawing"), ("schedules", "scripts/digits small"), ("schedules-ppo", "scripts/digits small"),
            ("schedules-vtrace", "scripts/digits small"),
            ("music", "scripts/data"), ("music-psi", "scripts/data"),
        ])
        func recipesWithoutTheirDataSayWhatBringsIt(recipe: String, command: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let program = try Program(
                    "starling", ["train", recipe, "--serial", "--run", scratch.path("run"), "--frames", "500"],
                    environment: ["STARLING_DATA": scratch.path("nowhere")])
                #expect(program.wait(seconds: 20) == 1, "\(program.everything)")
                #expect(program.everything.contains(command) && program.everything.contains(scratch.path("nowhere")))
                // Nothing is left of a run that never began.
                #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
            }
        }

        @Test func aRunWhoseCheckpointsAreDamagedIsNotTrainedOver() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--frames", "20000")
                let file = run + "/checkpoints/final/parameters.safetensors"
                var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: file))
                let refused = try train(run, "--resume", "--frames", "40000")
                #expect(refused.wait(seconds: 5) == 1)
                #expect(refused.everything.contains("parameters.safetensors was changed or cut"))
            }
        }

        /// Its digests are right: somebody wrote it as it is. The run goes on from an older one, and rows of updates beyond
        /// that count no more.
        @Test func aCheckpointOfNoTrainingIsPassedOver() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--frames", "60000", "--set", "checkpoint.seconds=0.05", "--set", "checkpoint.kept=50")
                let store = CheckpointStore(RunPaths(run), keeping: 50)
                let forged = try #require(store.versions.last)
                let older = try #require(store.versions.dropLast().last)
                var checkpoint = try store.read(forged, as: TrainingState.self)
                (checkpoint.state.isGoalTried, checkpoint.state.evaluations) = (true, 0)
                try store.write(checkpoint)
                let resumed = try train(run, "--resume", "--frames", "90000")
                #expect(resumed.wait(seconds: 5) == 0)
                #expect(resumed.everything.contains("checkpoint \(forged) in \(run)/checkpoints can't be used: its goal is being"))
                #expect(resumed.everything.contains("resumed from checkpoint \(older) "))
                let rows = try scratch.rows("run/metrics.jsonl")
                for row in rows {
                    let isOld = try #require(row["parameter_version"] as? String).hasPrefix("1.")
                    let isLost = try isOld && #require(row["update"] as? UInt64) > older.update
                    #expect(row["rolled_back"] as? Bool == isLost)
                }
                #expect(rows.contains { $0["rolled_back"] as? Bool == true })
            }
        }

        @Test func aCheckpointThatCantBeWrittenIsToldAndTheActorsAreSentHome() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let train = try Program.starling("train", "cartpole", "--run", run, "--frames", "0", "--set", "goal.enabled=false")
                #expect(eventually(within: 20) { frames(run + "/metrics.jsonl") > 1000 })
                let children = childProcesses(of: train.identifier)
                // A file where the folder should be: no rights are needed to be refused, also for root.
                try? FileManager.default.removeItem(atPath: run + "/checkpoints")
                try Data().write(to: URL(fileURLWithPath: run + "/checkpoints"))
                train.signal(SIGINT)
                #expect(train.wait(seconds: 5) == 1)
                #expect(train.everything.contains("was not written"))
                #expect(FileManager.default.fileExists(atPath: run + "/summary.json"))
                #expect(children.allSatisfy { kill($0, 0) != 0 })
            }
        }
    }
}
