import Foundation
import Testing

extension Processes {
    /// A program of a user's own, which sees nothing but what is public, brings an algorithm, two objectives and a metric.
    @Suite struct OwnAlgorithm {
        private static let recipe = """
            environment: CartPole-v1
            algorithm: alternating
            model: {encoder: [64, 64], decoder: [64, 64], value: [64], latent: 8, observation_scale: [2.4, 3, 0.21, 3]}
            acting: {unroll_length: 32, environments_per_unroll: 8, environments_per_actor: 8}
            optimizer: {learning_rate: 0.005, clip_norm: 1}
            batch: {columns: 16, max_queued_batches: 0}
            goal: {enabled: false}

            """

        @Test func trainsIsMeasuredAndGoesOn() async throws {
            try await onThread {
                let scratch = try Scratch()
                let recipe = scratch.path("alternating.yaml")
                try Self.recipe.write(toFile: recipe, atomically: true, encoding: .utf8)
                func train(_ name: String, _ more: String...) throws {
                    let program = try Program(
                        "starling-own", ["train", recipe, "--serial", "--seed", "1", "--run", scratch.path(name)] + more)
                    #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
                }
                try train("whole", "--frames", "80000")
                let evaluation = try #require(try scratch.json("whole/summary.json")["evaluation"] as? [String: Any])
                // Chance gets about 22.
                #expect(try #require(evaluation["mean"] as? Double) > 60)
                let rows = try scratch.rows("whole/metrics.jsonl")
                #expect(rows.contains { ($0["advantage_deviation"] as? Double ?? 0) > 0 })
                // Four minibatches four times for the critic, one step of the actor.
                #expect(rows.contains { $0["gradient_steps"] as? Double == 17 })
                #expect(rows.contains { ($0["gradient_norm_critic"] as? Double ?? 0) > 0 })

                try train("parts", "--frames", "40000")
                try train("parts", "--frames", "80000", "--resume")
                let (whole, parts) = (try bytes(scratch.path("whole")), try bytes(scratch.path("parts")))
                #expect(whole == parts)
            }
        }

        /// The numbers of the final checkpoint, without their header, which names the start that wrote it.
        private func bytes(_ run: String) throws -> [Data] {
            try ["parameters", "optimizer"].map {
                let data = try Data(contentsOf: URL(fileURLWithPath: "\(run)/checkpoints/final/\($0).safetensors"))
                let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                return data.dropFirst(8 + header)
            }
        }

        @Test func aKeyOfItIsCheckedByName() async throws {
            try await onThread {
                let scratch = try Scratch()
                let recipe = scratch.path("alternating.yaml")
                try Self.recipe.write(toFile: recipe, atomically: true, encoding: .utf8)
                let program = try Program(
                    "starling-own",
                    ["train", recipe, "--serial", "--run", scratch.path("run"), "--set", "alternating.critic_rate=7"])
                #expect(program.wait(seconds: 20) == 1)
                #expect(program.everything.contains("alternating.critic_rate"))
                let stranger = try Program.starling("train", recipe, "--serial", "--run", scratch.path("other"))
                #expect(stranger.wait(seconds: 20) == 1)
                #expect(stranger.everything.contains("alternating") && stranger.everything.contains("vtrace"))
            }
        }
    }
}
