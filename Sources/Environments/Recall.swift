public import StarlingExperience

/// Recall: a cue is shown once, and asked for eight steps later. Only memory can solve it.
///
/// A T-maze without the walking (after Bakker, "Reinforcement Learning with Long Short-Term Memory", 2002): the first
/// observation shows one of four cues, the following ones nothing, the ninth that this is the junction. The action taken
/// there ends the episode: +1 if it is the cue, else 0. No other action does anything. So the mean return is the share of
/// right answers; without memory it is 1/4.
///
/// Observation: `[5]`, a 1 in one of the first four places where a cue is shown, a 1 in the last at the junction, else 0.
public struct Recall: Environment, BitwiseCopyable, Sendable {
    package static let cues = 4
    /// Steps from the cue to the junction.
    package static let delay = 8

    package var cue = 0
    package var steps = 0

    public init() {}

    public var observationShape: [Int] { [Self.cues + 1] }
    public var action: ActionSpec { .discrete(Self.cues) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        var random = SeededGenerator(seed: seed)
        cue = random.below(Self.cues)
        steps = 0
        observation.update(repeating: 0)
        observation[cue] = 1
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        steps += 1
        observation.update(repeating: 0)
        if steps == Self.delay { observation[Self.cues] = 1 }
        guard steps > Self.delay else { return StepResult(reward: 0) }
        return StepResult(reward: action == cue ? 1 : 0, ending: .terminated)
    }

    /// The corridor with who walks it as `@`, the cue at its beginning and at its end what is asked.
    public var picture: Picture? {
        let way = (0...Self.delay).map { $0 == min(steps, Self.delay) ? "@" : "." }.joined()
        return .text(["cue \(cue)  \(way)  ?"])
    }
}
