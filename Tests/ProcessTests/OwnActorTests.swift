import Foundation
import Testing

extension Processes {
    /// A program of a user's own is its own actor.
    @Suite struct OwnActor {
        private static let recipe = """
            environment: Doze-1ms
            algorithm: vtrace
            model: {encoder: [16], decoder: [16], latent: 4}
            acting: {unroll_length: 10, environments_per_unroll: 2, environments_per_actor: 4}
            batch: {columns: 4}
            goal: {enabled: false}

            """

        /// `starling-actor` lies beside it, but knows nothing of this environment.
        @Test func itStartsItselfForAnEnvironmentThatOnlyItHas() async throws {
            try await onThread {
                let scratch = try Scratch()
                let recipe = scratch.path("doze.yaml")
                try Self.recipe.write(toFile: recipe, atomically: true, encoding: .utf8)
                let train = try Program(
                    "starling-light", ["train", recipe, "--actors", "2", "--frames", "0", "--run", scratch.path("run")])
                // Until a child has become its program it bears its parent's words.
                let areItself = eventually(within: 30) {
                    let commands = commands(below: train)
                    return commands.count == 2 && commands.allSatisfy { $0[0].hasSuffix("/starling-light") && $0[1] == "actor" }
                }
                #expect(areItself, "\(commands(below: train))")
                #expect(eventually(within: 30) { (try? scratch.rows("run/metrics.jsonl").last?["frames"] as? Int) ?? 0 > 500 })
                train.signal(SIGINT)
                #expect(train.wait(seconds: 10) == 0, "\(train.everything)")
            }
        }

        /// And the smaller program for those that it has.
        @Test func itStartsTheOtherOneForUsualEnvironments() async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program(
                    "starling-light", ["train", "cartpole", "--frames", "0", "--set", "goal.enabled=false", "--run", scratch.path("run")])
                let areTheOther = eventually(within: 30) {
                    let commands = commands(below: train)
                    return !commands.isEmpty && commands.allSatisfy { $0[0].hasSuffix("/starling-actor") }
                }
                #expect(areTheOther, "\(commands(below: train))")
                train.signal(SIGINT)
                #expect(train.wait(seconds: 10) == 0)
            }
        }

        @Test func itIsAnActorByItselfAndTellsItsOwnName() async throws {
            try await onThread {
                let help = try Program("starling-light", ["--help"])
                #expect(help.wait(seconds: 10) == 0)
                #expect(help.everything.contains("starling-light train cartpole") && help.everything.contains("USAGE: starling-light"))
                let refused = try Program("starling-light", ["train"])
                #expect(refused.wait(seconds: 10) != 0 && refused.everything.contains("starling-light"))
                let actor = try Program(
                    "starling-light", ["actor", "--learner", "tcp://127.0.0.1:\(freePort())", "--give-up-after", "0.5"])
                #expect(actor.wait(seconds: 20) == 1 && actor.everything.contains("tcp://127.0.0.1"))
                let doctor = try Program("starling-light", ["actor", "doctor", "--environment", "Doze-1ms", "--steps", "40"])
                #expect(doctor.wait(seconds: 20) == 0 && doctor.everything.contains("the same"), "\(doctor.everything)")
            }
        }

        /// The words of each process that a program has started.
        private func commands(below program: Program) -> [[String]] {
            childProcesses(of: program.identifier).compactMap { child in
                guard let words = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(child)/cmdline")) else { return nil }
                let command = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                return command.count > 1 ? command : nil
            }
        }
    }
}
