import Glibc

/// Plans continuous actions by the cross-entropy method: candidates are drawn, those of the largest returns tell where to draw next
/// (Chua et al. 2018, "Deep reinforcement learning in a handful of trials using probabilistic dynamics models"; constants as in Hafner et al.
/// 2019, "Learning latent dynamics for planning from pixels").
///
/// Plans of several environments are made side by side. Actions are on the unit scale, within ±1.
public final class CrossEntropyMethod {
    /// How many candidates, and where they are drawn.
    public struct Settings: Hashable, Sendable {
        /// Steps that a plan has.
        public var horizon = 12
        /// Sequences that are drawn in an iteration.
        public var candidates = 1000
        /// Candidates that tell where to go on.
        public var elites = 100
        /// How often they are drawn.
        public var iterations = 10
        /// Deviation that each plan begins with.
        public var deviation: Float = 1
        /// Below which no deviation falls.
        public var leastDeviation: Float = 0.01

        public init() {}
    }

    /// How it plans.
    public let settings: Settings
    /// Environments that it plans for side by side.
    public let plans: Int
    /// Numbers of an action.
    public let width: Int
    private let candidates: UnsafeMutableBufferPointer<Float>
    private let returns: UnsafeMutableBufferPointer<Float>
    private let means: UnsafeMutableBufferPointer<Float>
    private let deviations: UnsafeMutableBufferPointer<Float>
    private var order: [Int]

    /// - Parameter plans: made side by side.
    public init(_ settings: Settings, plans: Int, width: Int) {
        precondition(settings.elites >= 2 && settings.elites <= settings.candidates, "\(settings.elites) elites of \(settings.candidates)")
        precondition(settings.horizon > 0 && settings.iterations > 0 && plans > 0 && width > 0, "plans of no step, or none")
        (self.settings, self.plans, self.width) = (settings, plans, width)
        func make(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            memory.initialize(repeating: 0)
            return memory
        }
        let numbers = settings.horizon * width
        (candidates, returns) = (make(plans * settings.candidates * numbers), make(plans * settings.candidates))
        (means, deviations) = (make(plans * numbers), make(plans * numbers))
        order = Array(0..<settings.candidates)
    }

    deinit {
        for memory in [candidates, returns, means, deviations] { memory.deallocate() }
    }

    /// Numbers of one plan.
    private var numbers: Int { settings.horizon * width }

    /// Makes plans.
    /// - Parameters:
    ///   - plans: the first so many; nil: all.
    ///   - normal: the next independent standard normal number.
    ///   - evaluate: writes the returns `[plans, candidates]` of action sequences `[plans, candidates, horizon, width]`. Where one is no
    ///     number, its candidate is passed over.
    /// - Returns: the plans, `[plans, horizon, width]`; valid until the next call.
    @discardableResult
    public func run(
        plans count: Int? = nil, normal: () -> Float,
        evaluate: (_ actions: UnsafeBufferPointer<Float>, _ returns: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> UnsafeBufferPointer<Float> {
        let count = count ?? plans
        precondition(count <= plans, "\(count) plans where there is room for \(plans)")
        means.update(repeating: 0)
        deviations.update(repeating: settings.deviation)
        let drawn = 0..<count * settings.candidates * numbers
        for _ in 0..<settings.iterations {
            for index in drawn {
                let place = index / (settings.candidates * numbers) * numbers + index % numbers
                candidates[index] = min(1, max(-1, means[place] + deviations[place] * normal()))
            }
            evaluate(
                UnsafeBufferPointer(rebasing: candidates[drawn]),
                UnsafeMutableBufferPointer(rebasing: returns[..<(count * settings.candidates)]))
            for plan in 0..<count { follow(plan) }
        }
        return UnsafeBufferPointer(rebasing: means[..<(count * numbers)])
    }

    /// How spread the elites of the last iteration were, `[plans, horizon, width]`.
    public var spread: UnsafeBufferPointer<Float> { UnsafeBufferPointer(deviations) }

    /// Mean and deviation of the elites of a plan.
    private func follow(_ plan: Int) {
        let first = plan * settings.candidates
        func score(_ candidate: Int) -> Float {
            let value = returns[first + candidate]
            return value.isNaN ? -.infinity : value
        }
        // Of equal returns the first, so that nothing hangs on how a sort goes about it.
        order.sort { score($0) != score($1) ? score($0) > score($1) : $0 < $1 }
        for number in 0..<numbers {
            var (sum, square) = (Float(0), Float(0))
            for elite in order.prefix(settings.elites) { sum += candidates[(first + elite) * numbers + number] }
            let mean = sum / Float(settings.elites)
            for elite in order.prefix(settings.elites) {
                let difference = candidates[(first + elite) * numbers + number] - mean
                square += difference * difference
            }
            means[plan * numbers + number] = mean
            deviations[plan * numbers + number] = max((square / Float(settings.elites)).squareRoot(), settings.leastDeviation)
        }
    }
}
