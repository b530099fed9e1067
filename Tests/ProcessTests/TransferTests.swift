import Foundation
import StarlingSafetensors
import StarlingStorage
import Testing

extension Processes {
    /// `--from`: a run begins with what another has learned, or with a file of numbers.
    @Suite struct Transfer {
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
                    "heir", "--from", scratch.path("donor"), "--take", "encoder", "--set", "latent.frozen=true", "--set",
                    "latent.representation=vae_predict")
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
                    "heir", "--from", scratch.path("donor"), "--take", "encoder", "--set", "environment=Catch-opposite",
                    "--set", "latent.representation=none", "--set", "latent.frozen=true")
                #expect(heir.wait(seconds: 60) == 0, "\(heir.everything)")
                #expect(heir.everything.contains("from \(scratch.path("donor")), checkpoint 1."))
                #expect(heir.everything.contains(": encoder; policy, value begin anew"))
                #expect(!heir.everything.contains("stays as it"))
                let (first, second) = (try parameters(scratch.path("donor")), try parameters(scratch.path("heir")))
                let names = second.keys.filter { $0.hasPrefix("encoder.") }
                #expect(names.count == 4 && names.allSatisfy { first[$0] == second[$0] })
                #expect(first["policy.logits.weight"] != second["policy.logits.weight"])

                let other = try train("other", "--from", scratch.path("donor"), "--set", "model.encoder=[32]")
                #expect(other.wait(seconds: 20) == 1)
                #expect(other.everything.contains("encoder.0.weight is F32 [96, 50] in the checkpoint and F32 [32, 50] in the model"))
                let nothing = try train("nothing", "--from", scratch.path("nowhere"))
                #expect(nothing.wait(seconds: 20) == 1 && nothing.everything.contains("nowhere has no checkpoint"))
                let resumed = try train("heir", "--resume", "--from", scratch.path("donor"))
                #expect(resumed.wait(seconds: 20) == 64 && resumed.everything.contains("--from is for a run that begins"))
            }
        }

        /// Everything of a file, of which some stays: the exported numbers of a policy, as Python may have changed them.
        @Test func aFileIsTakenWhole() async throws {
            try await onThread {
                let scratch = try Scratch()
                func train(_ name: String, _ more: String...) throws -> Program {
                    try Program.starling(
                        ["train", "cartpole", "--serial", "--seed", "3", "--frames", "4000", "--run", scratch.path(name)] + more)
                }
                let donor = try train("donor")
                #expect(donor.wait(seconds: 60) == 0, "\(donor.everything)")
                let export = try Program.starling("export", scratch.path("donor"), "--torch", scratch.path("policy.py"))
                #expect(export.wait(seconds: 30) == 0, "\(export.everything)")
                let heir = try train(
                    "heir", "--from", scratch.path("policy.safetensors"), "--set", "latent.frozen=[encoder, policy]")
                #expect(heir.wait(seconds: 60) == 1)
                #expect(heir.everything.contains("there is no encoder.logVariance.weight"), "\(heir.everything)")
                let whole = try Program.starling("export", scratch.path("donor"), "--vae", "--torch", scratch.path("whole.py"))
                #expect(whole.wait(seconds: 30) == 0, "\(whole.everything)")
                let second = try train("second", "--from", scratch.path("whole.safetensors"), "--set", "latent.frozen=[encoder, policy]")
                #expect(second.wait(seconds: 60) == 0, "\(second.everything)")
                #expect(second.everything.contains("encoder, policy, decoder; value"), "\(second.everything)")
                let (before, after) = (try parameters(scratch.path("donor")), try parameters(scratch.path("second")))
                for name in after.keys where name.hasPrefix("encoder.") || name.hasPrefix("policy.") {
                    #expect(before[name] == after[name], "\(name)")
                }
                for name in ["decoder.0.weight", "value.0.weight"] { #expect(before[name] != after[name], "\(name)") }
                for (arguments, words) in [
                    (["--set", "latent.frozen=[encodr]"], "latent.frozen names encodr, and the modules are decoder, encoder"),
                    (
                        ["--from", scratch.path("whole.safetensors"), "--take", "polcy"],
                        "--take: there is no module polcy; the modules are encoder, policy"
                    ),
                    (["--from", scratch.path("whole.py")], "whole.py"),
                ] {
                    let refused = try Program.starling(["train", "cartpole", "--serial", "--run", scratch.path("refused")] + arguments)
                    #expect(refused.wait(seconds: 30) == 1 && refused.everything.contains(words), "\(refused.everything)")
                }
            }
        }
    }
}
