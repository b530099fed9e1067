import Foundation
package import StarlingExperience

/// Something that is wrong with what a policy learns.
package enum LearningWarning: RunWarning, Equatable {
    /// It chooses the same whatever it sees, or nearly, and hasn't reached its goal.
    case entropyGone(entropy: Double)
    /// V(z) tells no more of returns than their mean does.
    case valueExplainsNothing(share: Double)
    /// It had reached its goal, and lost half of what it had learned.
    case forgotten(best: Double, now: Double)

    /// Of the entropy of discrete actions, what is nearly none; of continuous ones nats a number, as of a deviation of a fiftieth of the
    /// bounds.
    static let leastEntropyShare = 0.01
    static let leastContinuousEntropy = -2.5
    /// What a critic explains that is worth nothing, and how many updates it has to come to more.
    static let leastExplained = 0.05
    static let firstUpdates: UInt64 = 200

    /// Of the policy's entropy; nil where there is some, or no more is needed.
    /// - Parameters:
    ///   - meanReturn: of the last training episodes.
    ///   - goal: what the run is to reach, whether or not it ends there.
    package init?(entropy: Double, of action: ActionSpec, meanReturn: Double?, goal: Double?) {
        let least =
            switch action {
            case .discrete(let count): Self.leastEntropyShare * log(Double(count))
            case .multiDiscrete(let counts): Self.leastEntropyShare * counts.reduce(0) { $0 + log(Double($1)) }
            case .continuous(let low, _): Self.leastContinuousEntropy * Double(low.count)
            }
        // A policy that is good enough may be sure of itself; without a goal nobody can say.
        guard entropy < least, let goal, meanReturn.map({ $0 < goal }) ?? true else { return nil }
        self = .entropyGone(entropy: entropy)
    }

    /// Of a critic's explained variance; nil where it explains something, or is young.
    package init?(explainedVariance: Double, updates: UInt64) {
        guard updates >= Self.firstUpdates, explainedVariance < Self.leastExplained else { return nil }
        self = .valueExplainsNothing(share: explainedVariance)
    }

    /// Of a mean return that was as good as its goal; nil where it never was, or still is above the middle of where it began and the best.
    package init?(meanReturn: Double?, of course: ReturnCourse, goal: Double?) {
        guard let goal, let now = meanReturn, let (first, best) = course.ends, best >= goal, now < (first + best) / 2 else { return nil }
        self = .forgotten(best: best, now: now)
    }

    package var name: String {
        switch self {
        case .entropyGone: "entropy_gone"
        case .valueExplainsNothing: "value_explains_nothing"
        case .forgotten: "forgotten"
        }
    }

    package var message: String {
        switch self {
        case .entropyGone(let entropy):
            """
            The policy tries nothing new: its entropy is \(String(format: "%.3g", entropy)) nats, and the return is below the goal. Raise the \
            algorithm's entropy_cost, lower optimizer.learning_rate, or let several seeds begin anew.
            """
        case .valueExplainsNothing(let share):
            """
            Values explain \(Int((100 * max(0, share)).rounded())) % of what returns vary by. Give model.value a hidden layer, raise the \
            algorithm's value_cost, or have returns of another size (reward_scale, normalize_returns).
            """
        case .forgotten(let best, let now):
            """
            The policy forgets: its mean return was \(String(format: "%.4g", best)) and is \(String(format: "%.4g", now)). Let steps end smaller \
            (optimizer.horizon, optimizer.final_share), or keep what was best: evaluation.every=FRAMES stores it as checkpoints/best.
            """
        }
    }

    package var patience: Int {
        switch self {
        case .entropyGone, .valueExplainsNothing: 20
        case .forgotten: 3
        }
    }
}

/// Where the mean return of the last training episodes began, and the best that it was.
package struct ReturnCourse: Sendable {
    package private(set) var ends: (first: Double, best: Double)?

    package init() {}

    package mutating func note(_ meanReturn: Double?) {
        guard let mean = meanReturn, mean.isFinite else { return }
        ends = (ends?.first ?? mean, max(ends?.best ?? mean, mean))
    }
}
