import Glibc
public import StarlingExperience

/// Portfolio: what share of one's wealth to hold in stocks, when they promise now more and now less (Merton 1969, "Lifetime portfolio
/// selection under uncertainty: the continuous-time case").
///
/// A market has two states; in each stocks drift by μ and scatter by σ a year, above cash, which pays nothing. They follow each other as a Markov
/// chain that stays with probability 0.9. A share a that is held all year, traded all the time, lets wealth W grow by
/// exp(aμ − ½a²σ² + aσ·N(0, 1)). After ten years one has the utility U(W) = (W^(1−γ) − 1)/(1 − γ) of an aversion to risk γ = 3, and W = 1 at first; a step's
/// reward is what U grew by, so a return is U(W) at the end. As states don't follow what stocks did, best is Merton's share μ/(γσ²) of each state, within
/// the bounds, and expected utilities have a closed form: ``Market``.
///
/// Each episode's market is drawn from its seed: μ uniform in −0.03…0.09, σ in 0.10…0.25. `Portfolio` knows 1,000 markets, `Portfolio-test` 1,000
/// others.
///
/// Action: the share, −0.5 to 1.5. Observation `[4]`: μ/0.1, σ/0.25, years that are left over 10, ln W.
public struct Portfolio: ContinuousEnvironment, BitwiseCopyable, Sendable {
    /// Which markets.
    public enum Part: BitwiseCopyable, Sendable { case train, test }

    /// Steps of an episode, one a year.
    public static let years = 10
    /// γ of the utility.
    public static let riskAversion = 3.0
    /// What part of one's wealth may be in stocks.
    public static let shares = -0.5...1.5
    /// Markets that each part knows.
    public static let marketCount = 1_000
    private static let persistence = 0.9

    private let part: Part
    private var market = Market(drifts: (0, 0), deviations: (1, 1))
    private var random = SeededGenerator(seed: 0)
    private var isSecond = false
    private var year = 0
    /// ln W.
    package private(set) var logarithmOfWealth = 0.0

    /// - Parameter part: whose markets episodes are of.
    public init(_ part: Part = .train) { self.part = part }

    public var observationShape: [Int] { [4] }
    public var action: ActionSpec { .continuous(low: [Float(Self.shares.lowerBound)], high: [Float(Self.shares.upperBound)]) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        random = SeededGenerator(seed: seed)
        market = Market(random.below(Self.marketCount), of: part)
        isSecond = random.below(2) == 1
        (year, logarithmOfWealth) = (0, 0)
        write(into: &observation)
    }

    public mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
        let share = Double(action[0])
        let (drift, deviation) = market[isSecond]
        let before = Self.utility(logarithmOfWealth)
        logarithmOfWealth += share * drift - share * share * deviation * deviation / 2 + share * deviation * random.gaussian()
        // Nobody comes to 10⁻⁶ of what they had by shares within the bounds but once in a lifetime of universes.
        logarithmOfWealth = max(-13, logarithmOfWealth)
        if random.uniform(0, 1) >= Self.persistence { isSecond.toggle() }
        year += 1
        write(into: &observation)
        let reward = max(-1e6, Self.utility(logarithmOfWealth) - before)
        return StepResult(reward: Float(reward), ending: year == Self.years ? .terminated : .none)
    }

    private func write(into observation: inout MutableSpan<Float>) {
        let (drift, deviation) = market[isSecond]
        observation[0] = Float(drift / 0.1)
        observation[1] = Float(deviation / 0.25)
        observation[2] = Float(Self.years - year) / Float(Self.years)
        observation[3] = Float(logarithmOfWealth)
    }

    /// U of the wealth whose logarithm this is.
    private static func utility(_ logarithm: Double) -> Double { (exp((1 - riskAversion) * logarithm) - 1) / (1 - riskAversion) }

    public var trueState: [Float]? {
        let (drift, deviation) = market[isSecond]
        return [Float(drift), Float(deviation), Float(logarithmOfWealth)]
    }

    /// Wealth, with 1 in the middle of 10^−1 to 10, and what Merton would hold.
    public var picture: Picture? {
        let place = Int(((logarithmOfWealth / log(10) + 1) * 20).rounded())
        let bar = String((0...40).map { $0 == min(40, max(0, place)) ? "#" : $0 == 20 ? "|" : "." })
        let share = market.mertonShare(isSecond)
        let percent = "\(Int((100 * share).rounded())) %"
        return .text(["wealth " + bar, "Merton " + percent + String(repeating: " ", count: max(0, 41 - percent.count))])
    }

    /// Drifts and deviations of the two states, and what can be computed of them.
    public struct Market: BitwiseCopyable, Sendable {
        let drifts: (Double, Double)
        let deviations: (Double, Double)

        init(drifts: (Double, Double), deviations: (Double, Double)) { (self.drifts, self.deviations) = (drifts, deviations) }

        /// - Parameter index: below ``Portfolio/marketCount``.
        public init(_ index: Int, of part: Part) {
            var random = SeededGenerator(seed: Seed.mix(part == .train ? 19 : 69, UInt64(index)))
            drifts = (random.uniform(-0.03, 0.09), random.uniform(-0.03, 0.09))
            deviations = (random.uniform(0.10, 0.25), random.uniform(0.10, 0.25))
        }

        subscript(isSecond: Bool) -> (drift: Double, deviation: Double) {
            isSecond ? (drifts.1, deviations.1) : (drifts.0, deviations.0)
        }

        /// μ/(γσ²), within the bounds.
        public func mertonShare(_ isSecond: Bool) -> Double {
            let (drift, deviation) = self[isSecond]
            let share = drift / (Portfolio.riskAversion * deviation * deviation)
            return min(Portfolio.shares.upperBound, max(Portfolio.shares.lowerBound, share))
        }

        /// Expected U at the end of shares that are held in the two states: E[W^(1−γ)] is a product over the years of
        /// exp((1 − γ)(aμ − ½γa²σ²)), summed over the chain's paths.
        public func expectedUtility(of shares: (Double, Double)) -> Double {
            let power = 1 - Portfolio.riskAversion
            func factor(_ share: Double, _ drift: Double, _ deviation: Double) -> Double {
                exp(power * (share * drift - Portfolio.riskAversion * share * share * deviation * deviation / 2))
            }
            let first = factor(shares.0, drifts.0, deviations.0)
            let second = factor(shares.1, drifts.1, deviations.1)
            var (one, other) = (1.0, 1.0)
            for _ in 0..<Portfolio.years {
                (one, other) = (
                    first * (Portfolio.persistence * one + (1 - Portfolio.persistence) * other),
                    second * (Portfolio.persistence * other + (1 - Portfolio.persistence) * one)
                )
            }
            return ((one + other) / 2 - 1) / power
        }

        /// Of Merton's shares, the most there is.
        public var bestUtility: Double { expectedUtility(of: (mertonShare(false), mertonShare(true))) }
    }
}
