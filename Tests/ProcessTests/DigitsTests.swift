import Foundation
import Testing

extension Processes {
    /// An environment that needs a file on each actor's machine.
    @Suite struct DigitsTests {
        private static let path = "/nowhere/digits.safetensors"
        private static let remedy = "there is no file \(path); `scripts/digits mnist` writes it, or STARLING_DIGITS says where one is"
        private static let here = ["STARLING_DIGITS": path]

        /// Runs to the end without digits.
        /// - Parameters:
        ///   - level: of the line where it is one of a log.
        ///   - status: that it ends with.
        /// - Returns: the line of its output that tells the remedy, which must be one.
        private func refusal(_ name: String, _ arguments: [String], level: String? = nil, status: Int32 = 1) throws -> String {
            let program = try Program(name, arguments, environment: Self.here)
            #expect(program.wait(seconds: 20) == status, "\(arguments): \(program.everything)")
            let lines = program.everything.split(separator: "\n").filter { line in
                line.contains(Self.remedy) && level.map { line.contains($0) } ?? true
            }
            #expect(lines.count == 1, "\(program.everything)")
            return lines.first.map(String.init) ?? ""
        }

        @Test(arguments: [[], ["--serial"]]) func trainSaysSoBeforeThereIsARun(flags: [String]) async throws {
            try await onThread {
                let scratch = try Scratch()
                let said = try refusal("starling", ["train", "digits", "--run", scratch.path("run")] + flags)
                #expect(said == "starling: Environment 'Digits' can't be used here: \(Self.remedy)")
                #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
            }
        }

        @Test func theBenchOfARecipeSaysSo() async throws {
            try await onThread { _ = try refusal("starling", ["bench", "end-to-end", "digits", "--seconds", "3"]) }
        }

        /// The learner needs no digits, and waits for an actor that has them.
        @Test func anActorSaysSoAndEnds() async throws {
            try await onThread {
                let scratch = try Scratch()
                let address = "tcp://127.0.0.1:\(freePort())"
                let learner = try Program(
                    "starling", ["learner", "digits", "--run", scratch.path("run"), "--bind", address], environment: Self.here)
                #expect(learner.waits(for: "waiting for actors", seconds: 20))
                // Another start would end the same way, which its status says.
                _ = try refusal("starling-actor", ["--learner", address], level: "critical", status: 69)
                #expect(learner.waits(for: Self.remedy, seconds: 10), "\(learner.everything)")
                #expect(learner.isRunning)
                learner.signal(SIGTERM)
                #expect(learner.wait(seconds: 10) == 0)
                let said = try refusal("starling", ["evaluate", scratch.path("run")])
                #expect(said.contains("Environment 'Digits' can't be used here"))
                let held = try refusal("starling", ["evaluate", scratch.path("run"), "--environment", "Digits-test"])
                #expect(held.contains("Environment 'Digits-test' can't be used here"))
            }
        }

        @Test func theListTellsItBesideTheName() async throws {
            try await onThread {
                let program = try Program("starling", ["list"], environment: Self.here)
                #expect(program.wait(seconds: 20) == 0)
                let lines = program.standardOutput.split(separator: "\n").filter { $0.contains(Self.remedy) }
                #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("  Digits") })
            }
        }

        @Test func anEnvironmentOfOtherShapesIsNoOther() async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program.starling("train", "catch", "--serial", "--frames", "1600", "--run", scratch.path("run"))
                #expect(train.wait(seconds: 30) == 0)
                let program = try Program.starling("evaluate", scratch.path("run"), "--environment", "Recall")
                #expect(program.wait(seconds: 20) == 1)
                #expect(program.everything.contains("Recall has other observations or actions than Catch"))
            }
        }
    }
}
