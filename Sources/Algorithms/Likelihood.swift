import StarlingConfiguration
import StarlingTraining

/// Learning a data set by likelihood before anything else: what it leaves is the prior of what follows.
public struct Likelihood: Hashable, Sendable {
    public var data: String
    /// The first of the run.
    public var frames: UInt64
    public var updatesPerFrame: Double
    public var columns = 64

    static let keys = KeyTable<Self>([
        .text(
            "data", \.data, allowed: "a name, or a path with a slash",
            "File of sequences, train.tokens and test.tokens [N, T]: NAME.safetensors in $STARLING_DATA or ~/.local/share/starling."),
        .integer("likelihood_frames", \.frames, in: 0...1_000_000_000_000, "Frames of the run in which it learns by likelihood."),
        .number("likelihood_updates_per_frame", \.updatesPerFrame, in: 1e-6...100, "Steps of that for each frame."),
        .integer("likelihood_columns", \.columns, in: 1...65_536, "Sequences of such a step."),
    ])

    /// The first frames' phase; nil without frames.
    /// - Parameters:
    ///   - representation: what trains the latent beside it.
    ///   - group: of the parameters that learn.
    func learning(beside representation: [any Objective] = [], moving group: String) -> Phase? {
        guard frames > 0 else { return nil }
        var learning = Phase(
            representation + [MaximumLikelihood()], from: .sequences(SequenceDraw(data, columns: columns)), moving: [group])
        (learning.perFrame, learning.until) = (updatesPerFrame, frames)
        return learning
    }

    /// Of sequences that training never sees: it moves nothing, and tells what they are worth.
    var heldOut: Phase {
        Phase(
            [MaximumLikelihood(.heldOutNegativeLogLikelihood), TokenAccuracy()],
            from: .sequences(SequenceDraw(data, part: "test", columns: 64)), moving: [])
    }
}
