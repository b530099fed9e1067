import Glibc
import StarlingPlanning
import Testing

@Suite struct CrossEntropyTests {
    /// Box and Muller 1958, of a counter.
    private struct Normal {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }

        mutating func uniform() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) + 0.5) / 16_777_216
        }

        mutating func next() -> Float { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
    }

    @Test func itFindsTheTopOfAHill() {
        var settings = CrossEntropyMethod.Settings()
        (settings.horizon, settings.candidates, settings.elites, settings.iterations) = (3, 200, 20, 12)
        let method = CrossEntropyMethod(settings, plans: 2, width: 2)
        var normal = Normal(1)
        let tops: [Float] = [0.3, -0.7, 0, 0.9, -0.2, 2, 0.5, 0.5, 0.5, -0.5, -0.5, -0.5]
        let plans = method.run(normal: { normal.next() }) { actions, returns in
            for candidate in returns.indices {
                var sum: Float = 0
                for number in 0..<6 {
                    let difference = actions[candidate * 6 + number] - tops[candidate / 200 * 6 + number]
                    sum -= difference * difference
                }
                // What is no number is passed over.
                returns[candidate] = candidate % 7 == 0 ? .nan : sum
            }
        }
        // A top outside of the bounds is reached as far as may be.
        for (found, top) in zip(plans, tops) { #expect(abs(found - min(1, max(-1, top))) < 0.05) }
    }

    /// Gymnasium's Pendulum-v1: angle and speed, a torque of ±2 on the unit scale; returns its reward.
    private static func swing(_ state: inout (angle: Float, speed: Float), _ action: Float) -> Float {
        let torque = 2 * action
        let angle = atan2(sin(state.angle), cos(state.angle))
        let reward = -(angle * angle + 0.1 * state.speed * state.speed + 0.001 * torque * torque)
        state.speed = min(8, max(-8, state.speed + (15 * sin(state.angle) + 3 * torque) * 0.05))
        state.angle += state.speed * 0.05
        return reward
    }

    /// With the true model, hanging down and still. The best that a trained policy does from anywhere is −150 on average; from below it
    /// takes one swing more.
    @Test func itSwingsAPendulumUp() {
        var settings = CrossEntropyMethod.Settings()
        (settings.horizon, settings.candidates, settings.elites, settings.iterations) = (25, 150, 15, 5)
        let method = CrossEntropyMethod(settings, plans: 1, width: 1)
        var normal = Normal(7)
        var state = (angle: Float.pi, speed: Float(0))
        var total: Float = 0
        for _ in 0..<200 {
            let plan = method.run(normal: { normal.next() }) { actions, returns in
                for candidate in returns.indices {
                    var (imagined, sum) = (state, Float(0))
                    for step in 0..<25 { sum += Self.swing(&imagined, actions[candidate * 25 + step]) }
                    returns[candidate] = sum
                }
            }
            total += Self.swing(&state, plan[0])
        }
        #expect(total > -450, "\(total)")
        #expect(cos(state.angle) > 0.99)
    }
}
