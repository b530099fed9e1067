import Glibc
public import StarlingExperience

/// LongTermSatisfaction: each step a user of a service is shown one of two articles. Clickbait engages at once and spoils what the user thinks
/// of the service, which nobody sees; the other one engages a little less and mends it.
///
/// The equations are those of RecSim's environment of this name (Ie et al. 2019, "RecSim: a configurable simulation platform for recommender
/// systems"): with the exposure e, which begins uniform within ±0.5/(1 − m), satisfaction s = σ(a·e) and the clickbait c of the article, 0 or 1,
/// the reward is exp(N(s·(5c + 4(1 − c)), 1)), and then e becomes m·e − 2(c − ½) + N(0, 0.05). A session has 60 steps and terminates. RecSim's own
/// memory m = 0.7 and sensitivity a = 0.01 make clickbait optimal; with 0.9 and 0.1, here the default, always clickbait earns 481.2 on average, always
/// the other 1,631.5, random choice 1,004.0, and the best there is, which ends with clickbait when nothing is left to be spoiled, 1,701.9 (value
/// iteration with the exposure known).
///
/// `hidden`: which of the two is clickbait differs from session to session and isn't told: only what came of them tells, to who remembers it.
///
/// Observation `[4]`: share of the session that is left; 1 after action 0, 1 after action 1; the logarithm of the last reward over 5.
public struct LongTermSatisfaction: Environment, BitwiseCopyable, Sendable {
    /// As recipes name it.
    public static let name = "LongTermSatisfaction"
    static let steps = 60
    private static let innovation = 0.05
    /// Of the logarithm of the engagement with each kind of article, where one is satisfied.
    private static let meanOfClickbait = 5.0
    private static let meanOfOther = 4.0

    private let memory: Double
    private let sensitivity: Double
    private let isHidden: Bool

    private var random = SeededGenerator(seed: 0)
    /// e.
    package private(set) var exposure = 0.0
    package private(set) var clickbaitAction = 1
    private var time = 0

    /// With the numbers of the options `memory`, `sensitivity` and `hidden`.
    public init(memory: Double = 0.9, sensitivity: Double = 0.1, isHidden: Bool = false) {
        (self.memory, self.sensitivity, self.isHidden) = (memory, sensitivity, isHidden)
    }

    static let options: [EnvironmentRegistry.Entry.Option] = [
        .init("memory", "How much of the exposure is left after a step, 0 to 0.99; default 0.9."),
        .init("sensitivity", "How much satisfaction follows exposure, 0 to 10; default 0.1."),
        .init("hidden", "Whether it isn't told which article is clickbait; default false."),
    ]

    init(_ options: EnvironmentOptions) throws(EnvironmentError) {
        self.init(
            memory: try options.number("memory", in: 0...0.99, default: 0.9),
            sensitivity: try options.number("sensitivity", in: 0...10, default: 0.1),
            isHidden: try options.truth("hidden", default: false))
    }

    public var observationShape: [Int] { [4] }
    public var action: ActionSpec { .discrete(2) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        random = SeededGenerator(seed: seed)
        exposure = random.uniform(-0.5, 0.5) / (1 - memory)
        clickbaitAction = isHidden ? random.below(2) : 1
        time = 0
        observation.update(repeating: 0)
        observation[0] = 1
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        let clickbait = action == clickbaitAction ? 1.0 : 0
        let satisfaction = 1 / (1 + exp(-sensitivity * exposure))
        let engagement = satisfaction * (clickbait * Self.meanOfClickbait + (1 - clickbait) * Self.meanOfOther) + random.gaussian()
        exposure = memory * exposure - 2 * (clickbait - 0.5) + Self.innovation * random.gaussian()
        time += 1
        observation[0] = 1 - Float(time) / Float(Self.steps)
        observation[1] = action == 0 ? 1 : 0
        observation[2] = action == 1 ? 1 : 0
        observation[3] = Float(engagement / 5)
        return StepResult(reward: Float(exp(engagement)), ending: time == Self.steps ? .terminated : .none)
    }

    /// Exposure, and which action is clickbait.
    public var trueState: [Float]? { [Float(exposure), Float(clickbaitAction)] }

    /// How satisfied one is, and what is left of the session.
    public var picture: Picture? {
        let satisfaction = 1 / (1 + exp(-sensitivity * exposure))
        func bar(_ share: Double) -> String {
            let full = Int((40 * min(1, max(0, share))).rounded())
            return String(repeating: "#", count: full) + String(repeating: ".", count: 40 - full)
        }
        return .text(["satisfied " + bar(satisfaction), "left      " + bar(Double(Self.steps - time) / Double(Self.steps))])
    }
}
