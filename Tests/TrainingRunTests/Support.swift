import Foundation
import StarlingSafetensors
import StarlingTrainingRun

/// 800 digits to train on, of the 200 others all to judge.
enum TestDigits {
    static let data = Result { try read() }

    private static func read() throws -> TrainingData {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let content = try Data(contentsOf: tests.appending(path: "Fixtures/digits/digits.safetensors"))
        let file = try SafetensorsFile(decoding: Array(content))
        func part(_ name: String) -> TrainingData.Part { TrainingData.Part(file["\(name).observations"]!.bytes, width: 64) }
        return TrainingData(width: 64, training: part("train"), validation: part("test"), test: part("test"))
    }
}
