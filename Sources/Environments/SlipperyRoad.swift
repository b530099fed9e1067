public import StarlingExperience

/// SlipperyRoad: how fast to drive where the ground is now dry, now wet, now icy, when skidding costs and has a limit.
///
/// Twenty stretches of road, each dry, wet or icy with equal probability. A stretch is driven at a speed v of 0 to 3: the reward is v, and with
/// probability h·v², h = 0.01, 0.03 or 0.1 by the ground, the car skids, which costs 1. The largest return within a limit of an episode's expected
/// cost has a closed form: see ``optimum(limit:)``.
///
/// Observation: `[3]`, a 1 for the ground. The action is the speed.
public struct SlipperyRoad: Environment, BitwiseCopyable, Sendable {
    /// Steps of an episode, each on ground of its own.
    public static let stretches = 20
    /// Speeds to choose among, 0 to 3.
    public static let speeds = 4
    /// h of dry, wet and icy ground.
    public static let hazards = [0.01, 0.03, 0.1]

    private var random = SeededGenerator(seed: 0)
    private var ground = 0
    private var stretch = 0

    public init() {}

    public var observationShape: [Int] { [Self.hazards.count] }
    public var action: ActionSpec { .discrete(Self.speeds) }
    public var tellsCost: Bool { true }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        random = SeededGenerator(seed: seed)
        stretch = 0
        enter(&observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        let skids = random.uniform(0, 1) < Self.hazards[ground] * Double(action * action)
        stretch += 1
        enter(&observation)
        return StepResult(reward: Float(action), ending: stretch == Self.stretches ? .terminated : .none, cost: skids ? 1 : 0)
    }

    private mutating func enter(_ observation: inout MutableSpan<Float>) {
        ground = random.below(Self.hazards.count)
        observation.update(repeating: 0)
        observation[ground] = 1
    }

    /// The most that an episode can return whose expected cost is at most `limit`, and the ν at which the speeds of that policy maximise
    /// `r − ν c`.
    ///
    /// One more unit of speed, from v to v + 1, brings 1 and costs h·(2v + 1) of each stretch of its ground: a linear programme with one
    /// constraint, in which the cheapest units come first and the last one is driven now and then.
    public static func optimum(limit: Double) -> (meanReturn: Double, multiplier: Double) {
        let each = Double(stretches) / Double(hazards.count)
        let costs = hazards.flatMap { hazard in (0..<speeds - 1).map { hazard * Double(2 * $0 + 1) } }.sorted()
        var (left, meanReturn) = (limit, 0.0)
        for cost in costs {
            let share = min(1, max(0, left) / (each * cost))
            meanReturn += share * each
            left -= share * each * cost
            if share < 1 { return (meanReturn, 1 / cost) }
        }
        return (meanReturn, 0)
    }

    public var picture: Picture? {
        .text(["\(["dry", "wet", "icy"][ground]), stretch \(stretch + 1) of \(Self.stretches)"])
    }
}
