import Foundation
import Testing

extension Processes {
    /// What the author of a package gets who made a mistake in it: soon an end that names it, and the remedy.
    @Suite struct OwnMistakes {
        private func train(_ fault: String = "", _ more: String...) throws -> (status: Int32?, words: String) {
            let scratch = try Scratch()
            let recipe = scratch.path("own.yaml")
            let text = "environment: CartPole-v1\nalgorithm: a2c\nbatch: {max_queued_batches: 0}\nframes: 4000\n"
            try text.write(toFile: recipe, atomically: true, encoding: .utf8)
            let program = try Program(
                "starling-faulty", ["train", recipe, "--serial", "--run", scratch.path("run")] + more, environment: ["FAULT": fault])
            let status = program.wait(seconds: 60)
            return (status, program.everything)
        }

        @Test(arguments: [
            ("taken environment", "two environments are called Catch: give yours another name"),
            ("taken algorithm", "two algorithms are called a2c: give yours another name"),
            ("section", "an algorithm is called model, as the keys model.… of every run are"),
            ("words", "an algorithm is called \"my algorithm\": its name may have letters"),
            ("default", "algorithm bad-default: the default of rate is 2.0, which is not allowed; it must be a number from 0 to 1"),
            ("key", "the key rate is listed twice"),
            ("actions", "environment 'actions': there are 0 actions"),
        ])
        func aRegistryIsRefusedByName(fault: String, words: String) async throws {
            try await onThread {
                let end = try train(fault)
                #expect(end.status != 0 && end.words.contains(words), "\(end.words)")
            }
        }

        @Test(arguments: ["observation", "reward"])
        func anEnvironmentThatGivesNoNumbersEndsTheRunByName(field: String) async throws {
            try await onThread {
                let end = try train("", "--set", "environment=\(field)")
                #expect(end.status == 1)
                let said = end.words.split(separator: "\n").last { $0.hasPrefix("starling-faulty: ") } ?? ""
                #expect(said.contains("invalid unrolls of \(field) in a row"), "\(end.words)")
                #expect(said.contains("that is NaN") && said.contains("of environment 0 at step "))
            }
        }

        @Test func aLossThatGivesNoNumberIsBlamedItself() async throws {
            try await onThread {
                let end = try train("", "--set", "algorithm=broken-loss")
                #expect(end.status == 1)
                #expect(end.words.contains("own loss is NaN at update 1"))
                #expect(end.words.contains("It is the loss: all that it was given is finite"))
                #expect(!end.words.contains("environments give"), "\(end.words)")
            }
        }

        @Test(arguments: [
            ("algorithm=mixed-shapes", "Difference: Difference() needs equal shapes"),
            ("algorithm=mixed-shapes", "g.sum(x, over: .features)"),
            ("algorithm=taken-head", "a head can't be called \"value\""),
            ("algorithm=other", "Starling.main(algorithms: .builtIn.adding(Mine.self))"),
            ("environment=other", ".builtIn + [.init(\"other\")"),
        ])
        func aMistakeIsToldInItsOwnWords(assignment: String, words: String) async throws {
            try await onThread {
                let end = try train("", "--set", assignment)
                #expect(end.status != 0 && end.words.contains(words), "\(end.words)")
            }
        }

        @Test func settingsOfAnAlgorithmThatIsNotHereAreNoSlipOfThePen() async throws {
            try await onThread {
                let scratch = try Scratch()
                let recipe = scratch.path("own.yaml")
                try "a2c-reward: {reward_cost: 1}\nalgorithm: a2c\n".write(toFile: recipe, atomically: true, encoding: .utf8)
                let program = try Program.starling("train", recipe, "--serial", "--run", scratch.path("run"))
                #expect(program.wait(seconds: 20) == 1)
                #expect(program.everything.contains("no section and no algorithm of this program is called a2c-reward"))
                #expect(!program.everything.contains("did you mean"))
            }
        }

        @Test func aQueueBeforeAnAlgorithmThatIsOnPolicyIsWarnedOf() async throws {
            try await onThread {
                let scratch = try Scratch()
                let program = try Program.starling(
                    "train", "cartpole", "--run", scratch.path("run"), "--frames", "2000", "--set", "algorithm=a2c", "--set",
                    "batch.max_queued_batches=2", "--set", "goal.enabled=false")
                #expect(program.wait(seconds: 60) == 0)
                #expect(program.everything.count(of: "set batch.max_queued_batches to auto") == 1)
                #expect(try Program.starling("train", "cartpole", "--actor-program", "/nowhere").isRefused("by --serial"))
            }
        }

        /// A crash before the first checkpoint leaves a folder that the mended program can begin in.
        @Test func aRunThatCrashedEarlyIsBegunAnew() async throws {
            try await onThread {
                let scratch = try Scratch()
                let words = ["train", "cartpole", "--serial", "--frames", "4000", "--run", scratch.path("run")]
                let crashed = try Program(
                    "starling-faulty", words + ["--set", "environment=reward", "--set", "model.observation_scale=[]"])
                #expect(crashed.wait(seconds: 60) == 1)
                #expect(FileManager.default.fileExists(atPath: scratch.path("run/metrics.jsonl")))
                let again = try Program.starling(words + ["--set", "goal.enabled=false"])
                #expect(again.wait(seconds: 60) == 0, "\(again.everything)")
                #expect(again.everything.contains("ended before its first checkpoint: it begins anew"))
            }
        }
    }
}

extension Program {
    fileprivate func isRefused(_ words: String) -> Bool { wait(seconds: 20) == 1 && everything.contains(words) }
}
