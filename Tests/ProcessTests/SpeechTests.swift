import Foundation
import StarlingProcessSupport
import Testing

/// What `deploy/speech` needs: a Python with numpy, make, a compiler of C and espeak-ng.
private enum SpeechTools {
    static let python = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"
    static let areHere = [[python, "-c", "import numpy"], ["make", "--version"], ["cc", "--version"], ["espeak-ng", "--version"]]
        .allSatisfy { (try? Program("/usr/bin/env", $0))?.wait(seconds: 60) == 0 }
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}

extension Processes {
    /// Speech in noise, from the clips to a policy.
    @Suite(.enabled(if: SpeechTools.areHere, "espeak-ng, make, cc or numpy is missing: apt-get install espeak-ng make gcc python3-numpy"))
    struct Speech {
        private func train(_ scratch: Scratch, _ run: String, frames: Int) throws -> Program {
            try Program.starling(
                "train", "\(SpeechTools.root)/deploy/speech/speech.yaml", "--serial", "--seed", "1", "--frames", "\(frames)",
                "--environment", scratch.path("libspeech.so"), "--run", scratch.path(run), "--set", "optimizer.horizon=10000",
                "--set", "evaluation.episodes=200")
        }

        private func mean(_ scratch: Scratch, _ run: String) throws -> Double {
            try #require((try scratch.json("\(run)/summary.json")["evaluation"] as? [String: Any])?["mean"] as? Double)
        }

        /// Three words, and a listener of 40 epochs, which is enough for it to tell them apart in silence.
        @Test func aSpeakerLearnsToBeHeard() async throws {
            try await onThread {
                let scratch = try Scratch()
                let made = try Program(
                    "/usr/bin/env",
                    [
                        "make", "-C", "\(SpeechTools.root)/deploy/speech", "OUT=\(scratch.path)", "PYTHON=\(SpeechTools.python)",
                        "CLIPS=--words 3 --lessons 20", "LISTENER=--epochs 40",
                    ], environment: ["PYTHONDONTWRITEBYTECODE": "1"])
                #expect(made.wait(seconds: 120) == 0, "\(made.everything)")
                let doctor = try Program.starling("doctor", "--environment", scratch.path("libspeech.so"))
                #expect(doctor.wait(seconds: 60) == 0, "\(doctor.everything)")

                let first = try train(scratch, "first", frames: 16)
                #expect(first.wait(seconds: 60) == 0, "\(first.everything)")
                let trained = try train(scratch, "trained", frames: 10_000)
                #expect(trained.wait(seconds: 120) == 0, "\(trained.everything)")
                // One update leaves −7.7 of eight words, and five −6.4; the episodes are the same 200.
                #expect(try mean(scratch, "trained") > mean(scratch, "first") + 0.6)

                try FileManager.default.removeItem(atPath: scratch.path("clips.bin"))
                let refused = try train(scratch, "none", frames: 16)
                #expect(refused.wait(seconds: 20) == 1 && refused.everything.contains("make -C deploy/speech makes it"))
                #expect(refused.everything.count { $0 == "\n" } == 1, "\(refused.everything)")
            }
        }
    }
}
