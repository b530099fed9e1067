import Foundation
import StarlingSafetensors
import Testing

extension Processes {
    /// A small sibling of the recipe schedules: trainings of 200 updates on a part of the digits.
    @Suite struct Schedules {
        private static let small = [
            "environment.architecture=reference", "environment.decisions=10", "environment.updates=20", "acting.unroll_length=10",
            "dqn.updates_per_frame=1", "dqn.learning_starts=300", "dqn.epsilon_frames=1000", "optimizer.horizon=2000",
        ]

        /// The folder of data of one test.
        private func writeDigits(into folder: String) throws {
            let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let file = try SafetensorsFile(reading: tests.appending(path: "Fixtures/digits/digits.safetensors").path)
            let (train, test) = (file["train.observations"]!, file["test.observations"]!)
            let validation = NamedArray("validation.observations", .uint8, shape: test.shape, bytes: test.bytes)
            try Data(SafetensorsFile([train, validation, test]).encoded()).write(to: URL(filePath: folder + "/digits-small.safetensors"))
        }

        /// `train` starts this program itself as actors: no thin actor can differentiate.
        @Test func qLearningChoosesBetterRatesThanChance() async throws {
            try await onThread {
                let scratch = try Scratch()
                try writeDigits(into: scratch.path)
                func starling(_ arguments: [String], seconds: Double) throws -> Program {
                    let program = try Program("starling", arguments, environment: ["STARLING_DATA": scratch.path])
                    #expect(program.wait(seconds: seconds) == 0, "\(program.everything)")
                    return program
                }
                let run = scratch.path("run")
                _ = try starling(
                    ["train", "schedules", "--seed", "1", "--frames", "2000", "--run", run] + Self.small.flatMap { ["--set", $0] },
                    seconds: 120)
                func gain(_ rule: String...) throws -> Double {
                    let words = ["evaluate", run, "--episodes", "30", "--set", "environment.part=test", "--json"] + rule
                    let told = try JSONSerialization.jsonObject(with: Data(try starling(words, seconds: 60).standardOutput.utf8))
                    return try #require((told as? [String: Any])?["mean"] as? Double)
                }
                let (learned, chance) = (try gain(), try gain("--rule", "epsilon", "--epsilon", "1"))
                #expect(learned > chance + 2, "\(learned) nats, and \(chance) by chance")

                let bench = try starling(
                    ["bench", "schedules", run, "--instances", "3", "--architecture", "reference", "--out", scratch.path("rates.svg")],
                    seconds: 60)
                #expect(bench.everything.contains("best cosine") && bench.everything.contains(run))
                #expect(try String(contentsOfFile: scratch.path("rates.svg"), encoding: .utf8).contains("log10 of the learning rate"))
            }
        }

        @Test func runsOfOtherTasksAreNoSchedules() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let train = try Program.starling("train", "catch", "--serial", "--frames", "500", "--run", run)
                #expect(train.wait(seconds: 60) == 0)
                let bench = try Program.starling("bench", "schedules", run)
                #expect(bench.wait(seconds: 20) == 1)
                #expect(bench.everything.contains("is a run of Catch, and schedules are learned in TrainingRun"))
            }
        }
    }
}
