import Foundation
import StarlingSafetensors
import StarlingStorage
import Testing

extension Processes {
    /// `--encoder`: a run begins with what another has learned to see.
    @Suite struct Encoder {
        /// Parameters of the final checkpoint by name.
        private func parameters(_ run: String) throws -> [String: [UInt8]] {
            let stored = try #require(CheckpointStore(RunPaths(run)).resultParameters { Issue.record("\($0)") })
            return Dictionary(uniqueKeysWithValues: stored.parameters.map { ($0.name, $0.bytes) })
        }

        /// Whatever there is to train it: the decoder and what predicts learn on it.
        @Test func nothingMovesAFrozenOne() async throws {
            try await onThread {
                let scratch = try Scratch()
                func train(_ name: String, _ more: String...) throws -> [String: [UInt8]] {
                    let program = try Program.starling(
                        ["train", "cartpole", "--serial", "--seed", "3", "--frames", "4000", "--run", scratch.path(name)]
                            + ["--set", "model.observation_scale=[]"] + more)
                    #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
                    return try parameters(scratch.path(name))
                }
                let first = try train("donor")
                let second = try train(
                    "heir", "--encoder", scratch.path("donor"), "--set", "latent.frozen=true", "--set", "latent.representation=vae_predict")
                let kept = second.keys.filter { $0.hasPrefix("encoder.") || $0.hasPrefix("normalizer.") }
                #expect(kept.count == 10 && kept.allSatisfy { first[$0] == second[$0] })
                for name in ["decoder.0.weight", "policy.logits.weight"] { #expect(first[name] != second[name], "\(name)") }
            }
        }

        @Test func isTakenAndStaysFrozenOnAnotherTask() async throws {
            try await onThread {
                let scratch = try Scratch()
                func train(_ name: String, _ more: String...) throws -> Program {
                    try Program.starling(
                        ["train", "catch", "--serial", "--seed", "3", "--frames", "6000", "--run", scratch.path(name)] + more)
                }
                let donor = try train("donor")
                #expect(donor.wait(seconds: 60) == 0, "\(donor.everything)")
                let heir = try train(
                    "heir", "--encoder", scratch.path("donor"), "--set", "environment=Catch-opposite",
                    "--set", "latent.representation=none", "--set", "latent.frozen=true")
                #expect(heir.wait(seconds: 60) == 0, "\(heir.everything)")
                #expect(heir.everything.contains("the encoder is that of \(scratch.path("donor"))"))
                #expect(!heir.everything.contains("stays as it"))
                let (first, second) = (try parameters(scratch.path("donor")), try parameters(scratch.path("heir")))
                let names = second.keys.filter { $0.hasPrefix("encoder.") }
                #expect(names.count == 4 && names.allSatisfy { first[$0] == second[$0] })
                #expect(first["policy.logits.weight"] != second["policy.logits.weight"])

                let other = try train("other", "--encoder", scratch.path("donor"), "--set", "model.encoder=[32]")
                #expect(other.wait(seconds: 20) == 1)
                #expect(other.everything.contains("encoder.0.weight is F32 [96, 50] in the checkpoint and F32 [32, 50] in the model"))
                let nothing = try train("nothing", "--encoder", scratch.path("nowhere"))
                #expect(nothing.wait(seconds: 20) == 1 && nothing.everything.contains("nowhere has no checkpoint"))
                let resumed = try train("heir", "--resume", "--encoder", scratch.path("donor"))
                #expect(resumed.wait(seconds: 20) == 64 && resumed.everything.contains("--encoder is for a run that begins"))
            }
        }
    }
}
