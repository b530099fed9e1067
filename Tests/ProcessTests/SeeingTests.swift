import Foundation
import StarlingProcessSupport
import Testing

extension Processes {
    /// What became of runs, told and drawn.
    @Suite struct Seeing {
        private static let short = ["--serial", "--frames", "3k", "--set", "goal.enabled=false", "--set", "evaluation.episodes=10"]

        private func told(_ arguments: [String]) throws -> String {
            let program = try Program.starling(arguments)
            #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
            return program.standardOutput
        }

        @Test func seedsAreTrainedListedShownAndDrawn() async throws {
            try await onThread {
                let scratch = try Scratch()
                let folder = scratch.path("runs")
                let trained = try told(["train", "catch", "--seeds", "1..3", "--run", folder] + Self.short)
                #expect(trained.contains("seed 3: return") && trained.contains("95 %"))
                let listed = try told(["list", "runs", folder])
                #expect(listed.components(separatedBy: "all frames").count == 4 && listed.contains(folder + "/seed-3"), "\(listed)")
                // Read by a program it is one table, however long the paths are; and a path alone is enough.
                #expect(listed.split(separator: "\n", omittingEmptySubsequences: false).count == 5, "\(listed)")
                #expect(try told(["list", folder]) == listed)
                #expect(try told(["list", folder + "/seed-2"]).components(separatedBy: "all frames").count == 2)
                // Trained with the seeds that they are called by.
                #expect(try scratch.json("runs/seed-2/summary.json")["seed"] as? Int == 2)

                let shown = try told(["show", folder + "/seed-1"])
                for part in [
                    "Trained", "Return", "Environment  Catch", "encoder", "Latents", "Checkpoints", "goal.enabled: false", "recipe: true",
                ] {
                    #expect(shown.contains(part), "\(part): \(shown)")
                }
                let recipe = try told(["show", "catch"])
                #expect(recipe.contains("algorithm:") && recipe.contains("encoder") && recipe.contains("parameters"))
                let configuration = try String(contentsOfFile: folder + "/seed-1/config.yaml", encoding: .utf8)
                #expect(configuration.contains("enabled: false  # here; the recipe has true"))
                #expect(configuration.contains("environment: Catch  # the recipe's; default CartPole-v1"))

                let drawn = try told(["plot", folder])
                #expect(drawn.contains("⠀") || drawn.unicodeScalars.contains { (0x2800...0x28FF).contains($0.value) })
                #expect(
                    drawn.contains("catch") && drawn.contains("last return") && drawn.split(separator: "\n").allSatisfy { $0.count <= 80 })
                for name in ["curve.svg", "curve.png"] {
                    _ = try told(["plot", folder, "--out", scratch.path(name), "--key", "return"])
                }
                #expect(try String(contentsOfFile: scratch.path("curve.svg"), encoding: .utf8).contains("<polyline"))
                let png = try Data(contentsOf: URL(fileURLWithPath: scratch.path("curve.png")))
                #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.count > 10_000)

                let wrong = try Program.starling("plot", folder, "--key", "value_los")
                #expect(wrong.wait(seconds: 20) == 1 && wrong.standardError.contains("did you mean \"value_loss\""))
                // A run without episodes is passed over, beside others.
                let young = folder + "/young"
                try FileManager.default.copyItem(atPath: folder + "/seed-1", toPath: young)
                let metrics = try String(contentsOfFile: young + "/metrics.jsonl", encoding: .utf8)
                try metrics.replacing(/"mean_return":[^,}]*/, with: "\"mean_return\":null").write(
                    toFile: young + "/metrics.jsonl", atomically: true, encoding: .utf8)
                let others = try Program.starling("plot", folder)
                let words = "\(young) has no number of mean_return\n"
                #expect(others.wait(seconds: 20) == 0 && others.standardOutput == drawn, "\(others.everything)")
                #expect(others.standardError.hasSuffix("note: passed over: \(words)"), "\(others.everything)")
                let none = try Program.starling("plot", young)
                #expect(none.wait(seconds: 20) == 1 && none.standardError.hasSuffix(words), "\(none.everything)")
                try FileManager.default.removeItem(atPath: young)

                let noRun = try Program.starling("show", folder)
                #expect(noRun.wait(seconds: 20) == 1 && noRun.standardError.contains("holds no run: there is no config.yaml in it"))
                // What is there is told again, not trained again.
                let again = try told(["train", "catch", "--seeds", "1..3", "--run", folder] + Self.short)
                #expect(try scratch.json("runs/seed-2/summary.json")["wall_seconds"] is Double && again.contains("seed 3: return"))
                #expect(try String(contentsOfFile: folder + "/seed-2/generation", encoding: .utf8) == "1\n")
            }
        }

        /// What is played, which parameters play, and what is written of it.
        @Test func aRunIsPlayedAndRecorded() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let settings = ["--set", "goal.enabled=false", "--set", "evaluation.episodes=5", "--set", "evaluation.every=2000"]
                _ = try told(["train", "catch", "--serial", "--frames", "8_000", "--run", run] + settings)
                let best = try FileManager.default.destinationOfSymbolicLink(atPath: run + "/checkpoints/best")
                for (checkpoint, version) in [("best", best), (best, best)] {
                    #expect(try told(["evaluate", run, "--episodes", "2", "--checkpoint", checkpoint]).contains("parameters \(version)"))
                }
                let drawn = try told(["evaluate", run, "--episodes", "5", "--stochastic"])
                #expect(drawn.contains("by the rule sample"))
                let missing = try Program.starling("evaluate", run, "--checkpoint", "7.7")
                #expect(missing.wait(seconds: 20) == 1 && missing.standardError.contains("no checkpoint 7.7; it has 1."))
                for (name, magic) in [("episode.gif", "GIF89a"), ("episode.png", "PNG")] {
                    let file = scratch.path(name)
                    #expect(try told(["play", run, "--record", file, "--seed", "1"]).contains(file))
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
                    #expect(bytes.prefix(6).range(of: Data(magic.utf8)) != nil && bytes.count > 1000)
                }
                #expect(try told(["play", run]).contains("rule greedy") && told(["play", run, "--stochastic"]).contains("rule sample"))
                for arguments in [
                    ["play", run, "--record"], ["show", run, "--html"], ["plot", run, "--out"], ["export", run, "--onnx"],
                ] {
                    let file = scratch.path("nowhere/it.png")
                    let lost = try Program.starling(arguments + [file])
                    #expect(lost.wait(seconds: 20) == 1 && lost.standardOutput.isEmpty, "\(lost.everything)")
                    let words = "\(file) can't be written: there is no folder \(scratch.path("nowhere"));"
                    #expect(lost.standardError.contains(words), "\(lost.everything)")
                }
                let nothing = try Program.starling("play", run, "--record", scratch.path("episode.txt"))
                #expect(nothing.wait(seconds: 20) == 1 && nothing.standardError.contains("FILE.gif, FILE.png or FILE.mp4"))
            }
        }

        @Test(arguments: [
            (["train", "cartpole", "--set", "gamma=0.9"], "did you mean \"vtrace.discount\"?"),
            (["train", "cartpole", "--total-timesteps", "1e6"], "--total-timesteps is --frames 1e6 here"),
            (["train", "cartpole", "--lr", "0.1"], "--lr is --set optimizer.learning_rate=VALUE here"),
        ])
        func namesOfOthersAreToldByOurs(arguments: [String], words: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let program = try Program.starling(arguments + ["--run", scratch.path("run")])
                #expect(program.wait(seconds: 20) != 0 && program.standardError.contains(words), "\(program.everything)")
            }
        }

        @Test func aRecipeWithoutAnEnvironmentIsTold() async throws {
            try await onThread {
                let scratch = try Scratch()
                let recipe = scratch.path("mine.yaml")
                try "frames: 1500\ngoal: {enabled: false}\nevaluation: {episodes: 1}\n".write(
                    toFile: recipe, atomically: true, encoding: .utf8)
                func words(_ more: [String], _ run: String) throws -> String {
                    let program = try Program.starling(["train", recipe, "--serial", "--run", scratch.path(run)] + more)
                    #expect(program.wait(seconds: 60) == 0, "\(program.everything)")
                    return program.everything
                }
                #expect(try words([], "a").contains("names no environment: it is CartPole-v1"))
                #expect(try !words(["--set", "environment=CartPole-v1"], "b").contains("names no environment"))
            }
        }

        @Test func aSweepTellsItsBest() async throws {
            try await onThread {
                let scratch = try Scratch()
                let swept = try told(
                    [
                        "sweep", "catch", "--set", "optimizer.learning_rate=0.000001,0.008", "--seeds", "1,2", "--frames", "60k", "--out",
                        scratch.path("sweep"), "--train",
                    ] + ["--serial", "--set", "goal.enabled=false", "--set", "evaluation.episodes=20"])
                let rows = swept.split(separator: "\n")
                let table = rows.drop { !$0.hasPrefix("learning_rate") }
                // One learns, the other doesn't.
                #expect(table.dropFirst().first?.hasPrefix("0.008 ") == true, "\(swept)")
                #expect(
                    rows.last?.hasPrefix("Best: ") == true && rows.last?.contains("--set optimizer.learning_rate=0.008 --serial") == true)
                #expect(FileManager.default.fileExists(atPath: scratch.path("sweep/optimizer.learning_rate=0.008/seed-2/summary.json")))
            }
        }

        /// The half that is worse after half of the frames gets no more. Schedules go by the recipe's horizon, whatever part a trial has got.
        @Test func halvingSparesFrames() async throws {
            try await onThread {
                let scratch = try Scratch()
                _ = try told(
                    [
                        "sweep", "catch", "--set", "optimizer.learning_rate=0.001..0.004", "--random", "4", "--halving", "--frames", "8k",
                        "--out", scratch.path("sweep"), "--train",
                    ] + [
                        "--serial", "--set", "goal.enabled=false", "--set", "evaluation.episodes=5", "--set", "optimizer.horizon=8000",
                        "--set", "optimizer.final_share=0",
                    ])
                let runs = try FileManager.default.contentsOfDirectory(atPath: scratch.path("sweep"))
                let frames = try runs.map { try scratch.json("sweep/\($0)/seed-1/summary.json")["frames"] as? Int ?? 0 }.sorted()
                #expect(frames.count == 4 && frames[1] < 3000 && (4000..<6000).contains(frames[2]) && frames[3] >= 8000, "\(frames)")
                for run in runs {
                    let first = try #require(run.firstMatch(of: /learning_rate=([0-9.e-]+)/).flatMap { Double($0.output.1) })
                    let row = try #require(try scratch.rows("sweep/\(run)/seed-1/metrics.jsonl").last { $0["learning_rate"] is Double })
                    let (frames, rate) = (try #require(row["frames"] as? Double), try #require(row["learning_rate"] as? Double))
                    // The rate of an update is that of the frames before it.
                    #expect(abs(rate / first - (1 - frames / 8000)) < 0.1, "\(run): \(rate) after \(frames)")
                }
            }
        }

        @Test(arguments: [
            (["--set", "optimizer.learning_rat=1,2"], "did you mean \"optimizer.learning_rate\""),
            (["--set", "optimizer.learning_rate=0.1..0.2"], "--random N"),
            (["--set", "seed=1", "--set", "seed=2"], "names seed twice"),
        ])
        func whatCannotBeTriedIsToldBeforeAnyRun(arguments: [String], words: String) async throws {
            try await onThread {
                let scratch = try Scratch()
                let program = try Program.starling(["sweep", "catch", "--out", scratch.path("sweep")] + arguments)
                #expect(program.wait(seconds: 20) == 1 && program.standardError.contains(words), "\(program.everything)")
                #expect(!FileManager.default.fileExists(atPath: scratch.path("sweep")))
            }
        }
    }
}
