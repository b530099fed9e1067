import Foundation
import Testing

extension Processes {
    /// What a run keeps when it goes on, and what can't harm it.
    @Suite struct Resuming {
        private func train(_ run: String, _ arguments: String..., seconds: Double = 30) throws -> Program {
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
                let refused = try train(run, "--resume", "--set", "model.latent=16")
                #expect(refused.wait(seconds: 5) == 1)
                #expect(refused.everything.contains("encoder.mean.weight") && refused.everything.contains("model keys"))
                #expect(try String(contentsOfFile: run + "/config.yaml", encoding: .utf8) == config)
                let evaluate = try Program.starling("evaluate", run, "--episodes", "5", "--json")
                #expect(evaluate.wait(seconds: 10) == 0)
            }
        }

        @Test func aRunWithAllItsFramesOnlyEvaluates() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                _ = try train(run, "--frames", "20000")
                let before = try #require(try scratch.json("run/summary.json")["frames"] as? Int)
                _ = try train(run, "--resume")
                let summary = try scratch.json("run/summary.json")
                #expect(summary["frames"] as? Int == before)
                #expect(summary["evaluation"] is [String: Any])
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
