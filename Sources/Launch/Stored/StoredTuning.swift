import Foundation
import StarlingCompute
import StarlingLearning

/// `tuning.json`: which kernel computes each large product of the learner, and what the others would have taken.
extension Tuning {
    /// - Throws: `EncodingError`, if a time is no number.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

extension RunSettings.Train.Tuning {
    /// What plans are made with.
    /// - Parameter known: of the checkpoint that a run goes on from: its choices stay as they are.
    func tuning(known: StarlingCompute.Tuning?) -> StarlingCompute.Tuning {
        guard self == .timed else { return .fixed }
        var tuning = known ?? StarlingCompute.Tuning.timed
        tuning.isTimed = true
        return tuning
    }
}
