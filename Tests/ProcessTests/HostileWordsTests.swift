import Foundation
import StarlingExperience
import StarlingMessages
import Testing

extension Processes {
    /// Strangers who say what isn't so, or nothing when they are asked.
    @Suite struct HostileWords {
        @Test func aSilentEvaluatorHoldsNoGoalUp() async throws {
            try await onThread {
                let scene = try HostileScene(
                    settings: ["goal.return=20", "goal.margin=0", "evaluation.episodes=20"], isPeopled: false)
                let silent = try Stranger(scene.port, "silent", role: .evaluate)
                #expect(silent.waits(seconds: 5) { $0.welcome != nil })
                try scene.join("honest")
                let ended = eventually(within: 40) {
                    silent.listen()
                    silent.ping()
                    usleep(200_000)
                    return !scene.learner.isRunning
                }
                let log = scene.learner.everything
                #expect(ended && scene.learner.wait(seconds: 1) == 0, "\(log)")
                #expect(log.contains("silent#1 has not answered"), "\(log)")
                #expect(silent.evaluations.count >= 1)
                let summary = try scene.scratch.json("run/summary.json")
                #expect(summary["goal_reached"] as? Bool == true)
                #expect((summary["evaluation"] as? [String: Any])?["episodes"] as? Int == 20)
                #expect(scene.honest.allSatisfy { $0.wait(seconds: 5) == 0 })
                try scene.ledger()
            }
        }

        /// What moves the cursor, ends a line or a text, or turns its direction.
        private static let scalars = "\u{1B}[2J\nforged: it balances\0\u{202E}\r\u{2028}"

        @Test func noWordMovesTheCursorOrForgesALine() async throws {
            try await onThread {
                let scene = try HostileScene()
                let builder = try Stranger(scene.port, "builder", build: "b" + Self.scalars)
                #expect(builder.waits(seconds: 10) { $0.credit > 0 && $0.newest != nil })
                builder.send(try #require(builder.makeUnroll()))
                #expect(builder.waits(seconds: 5) { $0.status?.acknowledgedThrough == 1 })
                builder.say(.unable(session: builder.session, ActorCounts(produced: 1, sentThrough: 1), reason: "u" + Self.scalars))
                #expect(builder.waits(seconds: 5) { $0.refusal?.code == .unable })
                let player = try Stranger(scene.port, "player", role: .evaluate, build: "p" + Self.scalars)
                #expect(player.waits(seconds: 5) { $0.welcome != nil })
                player.leave()
                for (number, scalar) in ["\u{1B}", "\n", "\0", "\u{202E}"].enumerated() {
                    let named = try Stranger(scene.port, "named\(scalar)\(number)")
                    #expect(named.waits(seconds: 5) { $0.refusal != nil } && named.welcome == nil)
                    #expect(named.refusal?.code == .garbage && named.refusal?.reason.contains("hello.instance") == true)
                }
                #expect(scene.learner.waits(for: "u\\u{1B}[2J", seconds: 5))
                #expect(scene.learner.everything.contains("build b\\u{1B}[2J"))
                scene.withstands(seconds: 1, before: 4000) {}
                let table = try scene.end()
                let json = try scene.ledger("--json")
                #expect(table.contains("builder#"))
                for text in [scene.learner.standardError, scene.learner.standardOutput, table, json] {
                    let odd = text.unicodeScalars.filter { $0 != "\n" && !PrintableText.isPlain($0) }
                    #expect(odd.isEmpty, "\(PrintableText.escaped(text))")
                    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("forged") })
                }
            }
        }

        @Test func anAbsurdOfferIsNotTheLast() async throws {
            try await onThread {
                let scratch = try Scratch()
                let recipe = scratch.path("doze.yaml")
                try
                    "environment: Doze-1ms\nacting: {unroll_length: 5, environments_per_unroll: 1, environments_per_actor: 1}\nbatch: {columns: 1}\n"
                    .write(toFile: recipe, atomically: true, encoding: .utf8)
                let scene = try HostileScene(recipe, options: ["--environment-from-actors"], isPeopled: false)
                let absurd = [
                    EnvironmentSpec(name: "Doze-1ms", observation: ObservationSpec(shape: [4096, 4096]), action: .discrete(4)),
                    EnvironmentSpec(name: "Doze-1ms", observation: ObservationSpec(shape: [4]), action: .discrete(1 << 24)),
                ]
                for (number, environment) in absurd.enumerated() {
                    let stranger = try Stranger(scene.port, "absurd-\(number)", environments: [environment])
                    let isTold = eventually(within: 5) {
                        scene.learner.everything.count(of: "waiting for another") == number + 1
                    }
                    #expect(isTold && scene.learner.isRunning, "\(scene.learner.everything)")
                    _ = stranger
                }
                try scene.join("honest", program: "starling-light-actor")
                #expect(eventually(within: 15) { scene.frameCount > 200 }, "\(scene.learner.everything)")
                let late = try Stranger(scene.port, "late", environments: [absurd[0]])
                #expect(late.waits(seconds: 5) { $0.refusal?.code == .differentEnvironment })
                let count = scene.frameCount
                #expect(eventually(within: 5) { scene.frameCount > count })
                try scene.end()
            }
        }
    }
}
