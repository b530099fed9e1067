import Foundation
import Testing

extension Processes {
    /// `starling evaluate` judges the autoencoder of what was trained.
    @Suite struct LatentQuality {
        /// Trains for a moment, and evaluates for people and for programs.
        private func evaluated(
            _ recipe: String, frames: Int, _ settings: [String] = [], episodes: Int = 20
        ) async throws -> (lines: [String], json: [String: Any]) {
            let output = try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let train = try Program.starling(
                    ["train", recipe, "--serial", "--seed", "3", "--run", run, "--frames", "\(frames)"]
                        + (["goal.enabled=false"] + settings).flatMap { ["--set", $0] })
                #expect(train.wait(seconds: 90) == 0, "\(train.everything)")
                return try [[], ["--json"]].map { form in
                    let evaluate = try Program.starling(["evaluate", run, "--episodes", "\(episodes)", "--seed", "1"] + form)
                    #expect(evaluate.wait(seconds: 60) == 0, "\(evaluate.everything)")
                    return evaluate.standardOutput
                }
            }
            let object = try JSONSerialization.jsonObject(with: Data(output[1].utf8)) as? [String: Any]
            var lines = output[0].split(separator: "\n").map(String.init)
            // How long episodes were stands between their returns and the autoencoder.
            let length = lines.remove(at: 1)
            #expect(length.contains(#/^length: mean \d+\.\d+ steps, \d+(\.\d+)? % terminated$/#), "\(length)")
            return (lines, try #require(object))
        }

        @Test func ofVectors() async throws {
            let (lines, json) = try await evaluated("cartpole", frames: 20_000)
            #expect(lines[0].hasPrefix("20 greedy episodes with parameters "))
            #expect(
                try #require(lines.dropFirst().first)
                    .contains(#/^VAE: explains .* of what it sees.*; z carries at most \d+\.\d nats$/#))
            #expect(lines[2].contains(#/^  explained variance (-?\d+\.\d\d ){3}-?\d+\.\d\d; KL \d+\.\d nats = /#))
            #expect(lines[2].contains(#/ information \+ \d+\.\d misfit, \d of 8 latents active$/#))
            #expect(lines[3].contains(#/^  samples of the prior told from data: AUC \d\.\d\d, ideally 0\.50; /#))
            #expect(lines[3].contains(#/; linear probe of the state: R²( \d\.\d\d){4}$/#))
            #expect(lines.dropFirst(4).allSatisfy { $0.hasPrefix("Warning: ") && $0.contains("latent.") })

            let latent = try #require(json["latent"] as? [String: Any])
            #expect(latent["sentence"] as? String == lines[1])
            #expect((latent["explained_variances"] as? [Any])?.count == 4 && (latent["kl_by_latent"] as? [Double])?.count == 8)
            let (kl, misfit, information) = (
                try #require(latent["kl"] as? Double), try #require(latent["misfit"] as? Double),
                try #require(latent["information"] as? Double)
            )
            #expect(abs(kl - misfit - information) < 1e-9 && misfit > 0 && information > 0)
            #expect((0...1).contains(try #require(latent["prior_auc"] as? Double)))
            #expect(try #require(latent["observations"] as? Int) <= 4096)
            #expect((latent["warnings"] as? [Any])?.count == lines.count - 4)
            // What is seen is the state, and z tells it.
            let probe = try #require(latent["probe_r2"] as? [Double])
            #expect(probe.count == 4 && probe.allSatisfy { $0 > 0.9 })
            for name in ["psnr", "f1", "f1_by_channel"] { #expect(latent[name] is NSNull, "\(name)") }
        }

        @Test func ofPixelsWithTheirStates() async throws {
            let (lines, json) = try await evaluated("cartpole-pixels", frames: 4_000, episodes: 40)
            #expect(try #require(lines.dropFirst().first).contains(#/^VAE: reconstructs at \d+\.\d dB; z carries at most \d+\.\d nats$/#))
            #expect(lines[2].contains(#/^  KL .* of 8 latents active$/#))
            #expect(lines[3].contains(#/^  samples of the prior .*; linear probe of the state: R²( -?\d+\.\d\d){4}$/#))
            let latent = try #require(json["latent"] as? [String: Any])
            #expect((latent["probe_r2"] as? [Double])?.count == 4 && latent["psnr"] is Double)
        }

        @Test func ofADeterministicAutoencoder() async throws {
            let (lines, json) = try await evaluated("cartpole", frames: 4_000, ["latent.representation=rae"])
            #expect(try #require(lines.dropFirst().first).contains(#/^Autoencoder: explains .* of what it sees[^;]*$/#))
            let latent = try #require(json["latent"] as? [String: Any])
            #expect(latent["kl"] is NSNull && latent["active_units"] is NSNull && latent["explained_variance"] is Double)
        }

        @Test(arguments: ["none", "predict"])
        func withoutADecoderItIsToldWhatCanBeRead(representation: String) async throws {
            let (lines, json) = try await evaluated("cartpole", frames: 4_000, ["latent.representation=\(representation)"])
            #expect(try #require(lines.dropFirst().first).contains(#/^Encoder: a linear map of z tells \d+ % of what it sees$/#))
            let latent = try #require(json["latent"] as? [String: Any])
            #expect((latent["observation_probe_r2"] as? [Double])?.count == 4 && latent["explained_variance"] is NSNull)
        }
    }
}
