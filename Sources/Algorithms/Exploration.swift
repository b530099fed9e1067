import StarlingConfiguration
import StarlingExperience
import StarlingTraining

/// ε of ε-greedy acting: from `start` to `end` in a straight line over so many frames of the run.
public struct Exploration: Hashable, Sendable {
    public var start: Float = 1
    public var end: Float = 0.05
    public var frames: UInt64 = 20_000

    public init() {}

    /// ε of parameters of so many frames: falls evenly from `start` to `end`, and stays there.
    public func epsilon(frames: UInt64) -> Float {
        guard self.frames > 0 else { return end }
        let progress = Float(min(1, Double(frames) / Double(self.frames)))
        return start + (end - start) * progress
    }

    /// Below the name of an algorithm that explores so.
    static let keys = KeyTable<Self>([
        .number("epsilon_start", \.start, in: 0...1, "ε at the run's begin: the share of random actions."),
        .number("epsilon_end", \.end, in: 0...1, "ε from epsilon_frames on."),
        .integer("epsilon_frames", \.frames, in: 0...1_000_000_000_000, "Frames in which ε gets there."),
    ])

    /// Acting by this ε.
    func scalars(_ frames: UInt64, _ scalars: ActingScalars) -> ActingScalars {
        var scalars = scalars
        scalars.epsilon = epsilon(frames: frames)
        return scalars
    }
}
