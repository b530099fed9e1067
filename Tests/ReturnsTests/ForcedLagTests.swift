import Glibc
import StarlingExperience
import StarlingReturns
import Testing

/// A chain of two states, experience of a policy that is twenty updates old, and values that are learned from it until they stay.
///
/// Action 1 leads to state 1 from there, and from state 0 every second time; action 0 leads to state 0. Arriving in state 1 is worth 1.
@Suite struct ForcedLagTests {
    private static let discount = 0.9
    /// Probability of action 1 after so many updates, each of which moves its logit by a tenth.
    private static func policy(_ update: Int) -> Double { 1 / (1 + exp(-0.1 * Double(update))) }
    private let now = policy(25)
    private let then = policy(25 - 20)

    /// V of who takes action 1 so often, solved exactly: of two states, two equations.
    private func exactValues(_ probability: Double) -> [Double] {
        let gamma = Self.discount
        // Chance to arrive in state 1 from 0 and from 1: V₀ = q₀ (1 + γ V₁) + (1 − q₀) γ V₀, V₁ = q₁ (1 + γ V₁) + (1 − q₁) γ V₀.
        let (q0, q1) = (0.5 * probability, probability)
        let determinant = (1 - gamma * (1 - q0)) * (1 - gamma * q1) - gamma * q0 * gamma * (1 - q1)
        return [
            (q0 * (1 - gamma * q1) + gamma * q0 * q1) / determinant, ((1 - gamma * (1 - q0)) * q1 + gamma * (1 - q1) * q0) / determinant,
        ]
    }

    /// Values after many unrolls of the old policy.
    /// - Parameter isCorrected: by V-trace with clips of 1; else λ-returns as they come.
    private func learn(isCorrected: Bool) -> [Double] {
        let (T, B, rounds) = (20, 64, 2000)
        var random = TestNumbers(state: 7)
        var values = [0.0, 0.0]
        var state = (0..<B).map { $0 % 2 }
        for round in 0..<rounds {
            var (states, ratios, rewards) = ([state], [Float](), [Float]())
            for _ in 0..<T {
                for column in 0..<B {
                    let action = random.float(0, 1) < Float(then) ? 1 : 0
                    ratios.append(Float(action == 1 ? log(now / then) : log((1 - now) / (1 - then))))
                    let arrives = action == 1 && (state[column] == 1 || random.float(0, 1) < 0.5)
                    state[column] = arrives ? 1 : 0
                    rewards.append(arrives ? 1 : 0)
                }
                states.append(state)
            }
            let rows = states.flatMap { $0 }
            let targets = targets(T, B, isCorrected: isCorrected, ratios, rewards, rows.map { Float(values[$0]) })
            // Large steps at first, small ones for the noise to average out.
            let share = round < rounds / 2 ? 0.1 : 0.01
            for known in 0...1 {
                let found = (0..<T * B).filter { rows[$0] == known }.map { Double(targets[$0]) }
                values[known] += share * (found.reduce(0, +) / Double(found.count) - values[known])
            }
        }
        return values
    }

    private func targets(_ T: Int, _ B: Int, isCorrected: Bool, _ ratios: [Float], _ rewards: [Float], _ values: [Float]) -> [Float] {
        let discounts = lent([Float](repeating: Float(Self.discount), count: T * B))
        return result((T + 1) * B) { target in
            guard isCorrected else {
                return OnPolicyReturns.lambdaReturns(
                    unrollLength: T, columns: B, lambda: 1, rewards: lent(rewards), discounting: .each(discounts), values: lent(values),
                    returns: target)
            }
            _ = result((T + 1) * B) { advantages in
                VTraceTargets.targets(
                    unrollLength: T, columns: B, settings: VTraceTargets.Settings(discount: 0), logRatios: lent(ratios),
                    rewards: lent(rewards), discounting: .each(discounts), values: lent(values), valueTargets: target,
                    advantages: advantages)
            }
        }
    }

    @Test("With a lag of 20 V-trace learns the value of its own fixed point, and uncorrected returns that of the policy of then")
    func values() {
        // π_ρ̄ ∝ min(ρ̄ μ, π) with ρ̄ = 1 (Espeholt et al. 2018, section 4.1).
        let kept = [min(1 - then, 1 - now), min(then, now)]
        let expected = exactValues(kept[1] / (kept[0] + kept[1]))
        let corrected = learn(isCorrected: true)
        let uncorrected = learn(isCorrected: false)
        for state in 0...1 {
            #expect(abs(corrected[state] / expected[state] - 1) < 0.01, "\(corrected[state]) of \(expected[state])")
            #expect(abs(uncorrected[state] / expected[state] - 1) > 0.1, "\(uncorrected[state]) of \(expected[state])")
            #expect(abs(uncorrected[state] / exactValues(then)[state] - 1) < 0.01)
        }
    }
}
