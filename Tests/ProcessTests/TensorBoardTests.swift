import Foundation
import StarlingProcessSupport
import Testing

/// A Python that has TensorBoard, if there is one here.
private enum TensorBoardPython {
    static let path = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"
    static let isHere = (try? Program("/usr/bin/env", [path, "-c", "import tensorboard"]))?.wait(seconds: 60) == 0
    static let reader = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/python/read_events.py").path
}

extension Processes {
    /// Event files as TensorBoard's own loader reads them.
    @Suite(.enabled(if: TensorBoardPython.isHere, "python3 has no tensorboard: STARLING_TEST_PYTHON names one that has"))
    struct TensorBoard {
        private func read(_ folder: String) throws -> [String: Any] {
            let reader = try Program("/usr/bin/env", [TensorBoardPython.path, TensorBoardPython.reader, folder])
            try #require(reader.wait(seconds: 60) == 0, "\(reader.everything)")
            return try #require(try JSONSerialization.jsonObject(with: Data(reader.standardOutput.utf8)) as? [String: Any])
        }

        private func steps(_ tag: String, _ found: [String: Any]) throws -> [Int] {
            let rows = try #require((found["scalars"] as? [String: Any])?[tag] as? [[Any]], "\(tag)")
            return rows.compactMap { $0.first as? Int }
        }

        @Test func aRunIsReadBackAndAResumedOneGoesOn() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let trained = try Program.starling(
                    "train", "catch", "--serial", "--seed", "3", "--frames", "60000", "--run", run, "--set", "goal.enabled=false", "--set",
                    "evaluation.episodes=5")
                #expect(trained.wait(seconds: 60) == 0, "\(trained.everything)")
                var found = try read(run + "/tensorboard")
                let rows = try scratch.rows("run/metrics.jsonl")
                let last = try #require(rows.last)
                // The step is environment steps, and the curve that of the file of metrics.
                let curve = try steps("episodes/mean_return", found)
                #expect(curve.count >= 10 && curve == curve.sorted() && curve.last == last["frames"] as? Int)
                let scalars = try #require(found["scalars"] as? [String: [[Double]]])
                #expect(scalars["learning/kl_divergence"]?.isEmpty == false)
                let (told, mean) = (scalars["episodes/evaluation_mean"]?.last, last["evaluation_mean"] as? Double)
                #expect(told.map { Float($0[1]) } == mean.map { Float($0) })
                // Seconds, within the run.
                #expect(told.map { abs($0[2] - Date().timeIntervalSince1970) < 120 } == true)
                let tensors = try #require(found["tensors"] as? [String: Any])
                let returns = try #require(tensors["episodes/returns"] as? [String: Double])
                #expect(returns["count"] == 100 && (returns["left"] ?? 2) >= -1 && (returns["right"] ?? 2) <= 1)
                #expect((tensors["asynchrony/policy_lag"] as? [String: Double])?["left"] == -0.5)
                #expect((tensors["configuration"] as? String)?.contains("algorithm:") == true)
                for picture in ["observations_and_reconstructions", "traversals"] {
                    #expect((tensors["latent/\(picture)"] as? [String: Any])?["png"] as? String == "89504e470d0a1a0a", "\(picture)")
                }
                let session = try #require(found["session"] as? [String: Any])
                let values = try #require(session["values"] as? [String: Any])
                #expect(values["seed"] as? Double == 3 && values["goal.enabled"] as? Bool == false && values["algorithm"] is String)
                #expect(found["status"] as? Int == 1)

                let resumed = try Program.starling("train", "--resume", "--run", run, "--frames", "80000")
                #expect(resumed.wait(seconds: 60) == 0, "\(resumed.everything)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: run + "/tensorboard").count == 2)
                found = try read(run + "/tensorboard")
                let longer = try steps("episodes/mean_return", found)
                #expect(longer.starts(with: curve.dropLast(2)) && longer.last ?? 0 >= 80_000)
            }
        }

        /// A token that an environment is given stands in the run's own configuration, which a resume needs and nobody else can read, and in
        /// nothing else: no file, no line, no page.
        @Test(.enabled(if: Gymnasium.isHere, "python3 has no gymnasium")) func noTokenOfAnEnvironmentIsTold() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let planted = "pl4nted-t0ken"
                let trained = try Program.starling(
                    "train", "gymnasium", "--actors", "1", "--python", Gymnasium.python, "--run", run, "--frames", "100000000", "--set",
                    "environment.module=\(Gymnasium.worlds)", "--set", "environment.id=Corridor-v0", "--set",
                    "environment.kwargs.access_token=\(planted)", "--set", "goal.enabled=false", "--log-level", "debug")
                #expect(trained.waits(for: "watch it at http://", seconds: 60), "\(trained.everything)")
                let line = try #require(trained.everything.firstMatch(of: /watch it at http:\/\/[^:]+:([0-9]+)/))
                let port = try #require(UInt16(line.output.1))
                #expect(eventually(within: 60) { (WebClient.get("/metrics", port: port) ?? "").contains("starling_updates_total") })
                let told = ["/", "/metrics", "/history?points=100"].compactMap { WebClient.get($0, port: port) }
                trained.signal(SIGINT)
                #expect(trained.wait(seconds: 60) == 0, "\(trained.everything)")
                let show = try Program.starling("show", run)
                #expect(show.wait(seconds: 60) == 0, "\(show.everything)")
                #expect(trained.everything.contains("(not shown)") && trained.everything.contains("joined run"), "\(trained.everything)")
                #expect(told.count == 3 && (told + [trained.everything, show.everything]).allSatisfy { !$0.contains(planted) })
                var holders: [String] = []
                let files = try #require(FileManager.default.enumerator(atPath: run))
                for case let file as String in files {
                    guard let bytes = FileManager.default.contents(atPath: "\(run)/\(file)") else { continue }
                    if bytes.range(of: Data(planted.utf8)) != nil { holders.append(file) }
                }
                #expect(holders == ["config.yaml"])
                let mode = try FileManager.default.attributesOfItem(atPath: run + "/config.yaml")[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }

        /// What is nobody's business is in none of the files that are sent around; without files there is no folder.
        @Test func noSecretIsInThem() async throws {
            try await onThread {
                let scratch = try Scratch()
                let run = scratch.path("run")
                let short = ["--serial", "--frames", "4000", "--set", "goal.enabled=false", "--set", "evaluation.episodes=1"]
                let trained = try Program.starling(["train", "catch", "--run", run] + short)
                #expect(trained.wait(seconds: 60) == 0, "\(trained.everything)")
                let secret = try Data(contentsOf: URL(fileURLWithPath: run + "/secret"))
                let files = try FileManager.default.contentsOfDirectory(atPath: run + "/tensorboard")
                #expect(!files.isEmpty)
                for file in files {
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(run)/tensorboard/\(file)"))
                    #expect(bytes.range(of: Data("algorithm".utf8)) != nil && bytes.range(of: secret) == nil)
                }
                let without = scratch.path("without")
                let plain = try Program.starling(["train", "catch", "--run", without, "--set", "monitoring.tensorboard=false"] + short)
                #expect(plain.wait(seconds: 60) == 0, "\(plain.everything)")
                #expect(!FileManager.default.fileExists(atPath: without + "/tensorboard"))
            }
        }
    }
}
