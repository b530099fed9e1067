import Foundation
import StarlingProcessSupport
import Testing

/// A Python with Gymnasium and ONNX's runtime, if there is one here.
private enum OtherPython {
    static let program = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"
    static let isHere = (try? Program("/usr/bin/env", [program, "-c", "import gymnasium, onnx, onnxruntime"]))?.wait(seconds: 60) == 0
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The first lines of Python of the page *Take it elsewhere*.
    static func example() throws -> String {
        let page = try String(contentsOf: root.appending(path: "Sources/Launch/Launch.docc/TakeItElsewhere.md"), encoding: .utf8)
        let blocks = page.components(separatedBy: "```python\n")
        return try #require(blocks.dropFirst().first?.components(separatedBy: "```").first)
    }
}

extension Processes {
    /// What a run's policy is where there is no Starling.
    @Suite(.enabled(if: OtherPython.isHere, "python3 lacks gymnasium or onnxruntime: STARLING_TEST_PYTHON names one that has them"))
    struct Elsewhere {
        private static func python(_ arguments: [String], in directory: String) throws -> Program {
            try Program(
                "/usr/bin/env", [OtherPython.program] + arguments, in: directory,
                environment: ["PYTHONPATH": OtherPython.root.appending(path: "deploy/python").path, "PYTHONDONTWRITEBYTECODE": "1"])
        }

        /// The page's lines, in Gymnasium's environment, come to what `evaluate` says; and what is exported acts as these do.
        @Test func inGymnasiumTheReturnIsTheSame() async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program.starling(
                    ["train", "cartpole", "--serial", "--seed", "3", "--run", scratch.path("runs/cartpole-1")])
                #expect(train.wait(seconds: 120) == 0, "\(train.everything)")
                let evaluate = try Program.starling("evaluate", scratch.path("runs/cartpole-1"), "--json")
                #expect(evaluate.wait(seconds: 60) == 0, "\(evaluate.everything)")
                let told = try JSONSerialization.jsonObject(with: Data(evaluate.standardOutput.utf8)) as? [String: Any]
                let mean = try #require(told?["mean"] as? Double)
                let example = try Self.python(["-c", OtherPython.example()], in: scratch.path)
                #expect(example.wait(seconds: 60) == 0, "\(example.everything)")
                #expect(Double(example.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)) == mean, "\(example.everything)")

                let export = try Program.starling(
                    ["export", "runs/cartpole-1", "--onnx", "cartpole.onnx", "--torch", "cartpole.py", "--vae"], in: scratch.path)
                #expect(export.wait(seconds: 60) == 0, "\(export.everything)")
                let check = try Self.python(
                    [
                        "-c",
                        """
                        import numpy, onnx, onnxruntime, starling_policy
                        policy = starling_policy.load("runs/cartpole-1", backend="numpy")
                        session = onnxruntime.InferenceSession("cartpole.onnx")
                        assert session.get_modelmeta().custom_metadata_map["environment"] == "CartPole-v1"
                        observations = numpy.random.default_rng(1).normal(size=(10_000, 4)).astype("f")
                        found = session.run(["action"], {"observation": observations})[0]
                        assert (found == policy(observations)["action"]).all()
                        assert all(policy.act(each) == action for each, action in zip(observations[:100], found))
                        chosen = [policy.act(observations[0], sample=True) for _ in range(200)]
                        assert 0 <= min(chosen) and max(chosen) <= 1
                        for part in "encoder", "decoder":
                            onnx.checker.check_model(onnx.load(f"cartpole.{part}.onnx"), full_check=True)
                        if starling_policy.torch:
                            import torch, cartpole
                            module = cartpole.Policy()
                            assert (module(torch.tensor(observations))["action"].numpy() == found).all()
                            assert module.encode(torch.tensor(observations[:9]))["mean"].shape == (9, 8)
                        print("equal")
                        """,
                    ], in: scratch.path)
                #expect(check.wait(seconds: 120) == 0 && check.standardOutput == "equal\n", "\(check.everything)")
            }
        }

        /// One line each, and nothing is left behind.
        @Test func whatIsWrongIsSaid() async throws {
            try await onThread {
                let scratch = try Scratch()
                let train = try Program.starling(
                    ["train", "cartpole", "--serial", "--frames", "2000", "--run", scratch.path("run")])
                #expect(train.wait(seconds: 60) == 0, "\(train.everything)")
                for (arguments, status, words) in [
                    (["export", "run"], 64, "say what to write: --onnx FILE, --torch FILE.py, or both"),
                    (["export", "run", "--torch", "policy"], 64, "whose name ends in .py, not policy"),
                    (["export", "nowhere", "--onnx", "x.onnx"], 1, "nowhere holds no run"),
                    (["export", "run", "--onnx", "nowhere/x.onnx"], 1, "nowhere/x.onnx can't be written"),
                ] as [([String], Int32, String)] {
                    let refused = try Program.starling(arguments, in: scratch.path)
                    #expect(refused.wait(seconds: 30) == status && refused.everything.contains(words), "\(refused.everything)")
                }
                for (code, words) in [
                    ("load('nowhere')", "nowhere holds no policy.json"), ("load('run', '9.9')", "has no checkpoint 9.9: it has 1."),
                    ("load('run', backend='numpy').act([1, 2, 3])", "observation is [3], and the policy knows [4]"),
                ] {
                    let refused = try Self.python(["-c", "import starling_policy\nstarling_policy.\(code)"], in: scratch.path)
                    #expect(refused.wait(seconds: 60) == 1 && refused.standardError.contains(words), "\(refused.everything)")
                }
                try FileManager.default.removeItem(atPath: scratch.path("run/checkpoints"))
                let empty = try Program.starling(["export", "run", "--onnx", "x.onnx"], in: scratch.path)
                #expect(empty.wait(seconds: 30) == 1 && empty.everything.contains("run has no checkpoint that can be used"))
                #expect(!FileManager.default.fileExists(atPath: scratch.path("x.onnx")))
            }
        }
    }
}
