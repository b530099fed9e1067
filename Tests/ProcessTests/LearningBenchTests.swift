import Foundation
import Testing

extension Processes {
    @Suite struct LearningBenchTests {
        /// Two runs of Catch: stopped in the second, gone on with, and known the third time.
        @Test func aBenchThatIsStoppedGoesOn() async throws {
            try await onThread {
                let scratch = try Scratch()
                let out = scratch.path("results")
                let arguments = ["bench", "learning", "catch", "--seeds", "2", "--out", out]
                let first = try Program.starling(arguments)
                #expect(first.waits(for: "1 run left", seconds: 60), "\(first.everything)")
                first.signal(SIGINT)
                #expect(first.wait(seconds: 20) == 130, "\(first.everything)")
                #expect(first.standardError.contains("the same command goes on behind it"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: out) == ["catch-101.json"])

                let second = try Program.starling(arguments + ["--json"])
                #expect(second.wait(seconds: 60) == 0, "\(second.everything)")
                #expect(second.standardError.contains("2 runs of 1 row, 1 made before"))
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(second.standardOutput.utf8)) as? [String: Any])
                let row = try #require((report["rows"] as? [[String: Any]])?.first)
                #expect(row["name"] as? String == "catch" && (row["outcomes"] as? [Any])?.count == 2)
                // Chance brings -0.6. How well Catch is learned is measured by the bench, not here: a busy machine learns later.
                #expect(try #require(row["median_return"] as? Double) > 0)

                try Data("{".utf8).write(to: URL(fileURLWithPath: out + "/catch-102.json"))
                let third = try Program.starling(arguments)
                #expect(third.wait(seconds: 60) == 0, "\(third.everything)")
                #expect(third.standardError.contains("catch-102.json is no result: the run is made again"))
                #expect(third.standardOutput.contains("starling train catch --seed S"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == ["catch-101.json", "catch-102.json"])
            }
        }

        /// Without its data a row is passed over, and no reason to fail.
        @Test func aRowWithoutItsDataSaysWhatBringsIt() async throws {
            try await onThread {
                let scratch = try Scratch()
                let bench = try Program(
                    "starling", ["bench", "learning", "text", "--seeds", "1", "--out", scratch.path("results")],
                    environment: ["STARLING_DATA": scratch.path("nowhere")])
                #expect(bench.wait(seconds: 20) == 0, "\(bench.everything)")
                #expect(bench.standardError.contains("text is skipped: there is no \(scratch.path("nowhere"))/text.safetensors"))
                #expect(bench.standardOutput.contains("skipped") && bench.standardOutput.contains("`scripts/data text` writes it"))
            }
        }

        /// Neither is one whose Python lacks something.
        @Test func aRowWithoutItsPythonSaysWhatBringsIt() async throws {
            try await onThread {
                let scratch = try Scratch()
                let bench = try Program(
                    "starling", ["bench", "learning", "highway", "atari", "--seeds", "1", "--out", scratch.path("results")],
                    environment: ["STARLING_PYTHON": "/nowhere/python3"])
                #expect(bench.wait(seconds: 20) == 0, "\(bench.everything)")
                #expect(bench.standardError.contains("highway is skipped: /nowhere/python3 has no highway_env"), "\(bench.everything)")
                #expect(bench.standardError.contains("`/nowhere/python3 -m pip install gymnasium highway-env` brings it"))
                #expect(bench.standardOutput.contains("pip install gymnasium ale-py"), "\(bench.everything)")
            }
        }

        @Test func aWrongNameListsTheRows() async throws {
            try await onThread {
                let scratch = try Scratch()
                let bench = try Program.starling("bench", "learning", "katch", "--out", scratch.path("results"))
                #expect(bench.wait(seconds: 20) == 1)
                #expect(bench.standardError.hasPrefix("starling: there is no row 'katch'; the rows are cartpole, "))
                #expect(bench.standardError.split(separator: "\n").count == 1)
                #expect(!FileManager.default.fileExists(atPath: scratch.path("results")))
            }
        }
    }
}
