import StarlingConfiguration
import StarlingTraining

/// Learning a data set by likelihood before anything else: what it leaves is the prior of what follows.
struct Likelihood: Hashable, Sendable {
    var data = "essen"
    var frames: UInt64 = 0
    var updatesPerFrame = 0.003
    var columns = 64

    static let keys = KeyTable<Self>([
        .text(
            "data", \.data, allowed: "a name, or a path with a slash",
            "File of sequences, train.tokens and test.tokens [N, T]: NAME.safetensors in $STARLING_DATA or ~/.local/share/starling."),
        .integer("likelihood_frames", \.frames, in: 0...1_000_000_000_000, "Frames of the run in which it learns by likelihood."),
        .number("likelihood_updates_per_frame", \.updatesPerFrame, in: 1e-6...100, "Steps of that for each frame."),
        .integer("likelihood_columns", \.columns, in: 1...65_536, "Sequences of such a step."),
    ])

    /// The first frames' phase, and one that moves nothing and tells what others of the data are worth; none without frames.
    /// - Parameter group: of the parameters that learn.
    func phases(moving group: String) -> [Phase] {
        guard frames > 0 else { return [] }
        var learning = Phase([MaximumLikelihood()], from: .sequences(SequenceDraw(data, columns: columns)), moving: [group])
        (learning.perFrame, learning.until) = (updatesPerFrame, frames)
        return [learning, Self.heldOut(data)]
    }

    /// Of sequences that training never sees.
    static func heldOut(_ data: String) -> Phase {
        Phase(
            [MaximumLikelihood(.heldOutNegativeLogLikelihood), TokenAccuracy()],
            from: .sequences(SequenceDraw(data, part: "test", columns: 64)), moving: [])
    }
}
