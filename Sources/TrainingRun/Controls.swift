import Glibc
import StarlingCompute

/// What an update of a training is made by.
package struct Controls: Hashable, Sendable {
    /// The learning rate.
    package var rate: Float
    /// β, the weight of the KL term.
    package var klWeight: Float = 1
    /// Largest global norm of the gradients, nats.
    package var clipNorm: Float = 40
    package var rule = Rule.adam

    package enum Rule: Int, CaseIterable, Sendable {
        case adam, rmsProp, momentum

        var update: UpdateRule {
            switch self {
            case .adam: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
            case .rmsProp: .rmsProp(decay: 0.99, epsilon: 1e-8)
            case .momentum: .momentum(decay: 0.9)
            }
        }
    }

    package init(rate: Float) { self.rate = rate }
}

/// Something about a training that a policy decides on, time and again.
package enum ControlFactor: String, CaseIterable, Sendable {
    /// `rate` multiplies the learning rate, `level` sets it.
    case rate, level, beta, clip, rule

    private static let rates: [Float] = [0.5, 0.71, 1, 1.41, 2]
    /// From 10⁻⁴ to 10⁻¹, four to a decade.
    private static let levels: [Float] = (0...12).map { powf(10, -4 + Float($0) / 4) }
    private static let klWeights: [Float] = [0.8, 1, 1.25]
    private static let clips: [Float] = [0.5, 1, 2]
    /// Nothing helps beyond these.
    package static let rateBounds: ClosedRange<Float> = 1e-6...1
    package static let klWeightBounds: ClosedRange<Float> = 0.01...10
    private static let clipBounds: ClosedRange<Float> = 0.01...1e4

    /// Choices that there are.
    package var count: Int {
        switch self {
        case .rate: Self.rates.count
        case .level: Self.levels.count
        case .beta: Self.klWeights.count
        case .clip: Self.clips.count
        case .rule: Controls.Rule.allCases.count
        }
    }

    /// The choice that leaves all as it is, of what is multiplied.
    package var unchanged: Int { count / 2 }

    func apply(_ choice: Int, to controls: inout Controls) {
        func changed(_ value: Float, by factors: [Float], within bounds: ClosedRange<Float>) -> Float {
            min(bounds.upperBound, max(bounds.lowerBound, value * factors[choice]))
        }
        switch self {
        case .rate: controls.rate = changed(controls.rate, by: Self.rates, within: Self.rateBounds)
        case .level: controls.rate = Self.levels[choice]
        case .beta: controls.klWeight = changed(controls.klWeight, by: Self.klWeights, within: Self.klWeightBounds)
        case .clip: controls.clipNorm = changed(controls.clipNorm, by: Self.clips, within: Self.clipBounds)
        case .rule: controls.rule = Controls.Rule.allCases[choice]
        }
    }
}

extension [ControlFactor] {
    /// Choices of all of them at once.
    package var actionCount: Int { reduce(1) { $0 * $1.count } }

    /// Takes one choice of each: the first factor's varies fastest.
    /// - Parameter action: below `actionCount`.
    package func apply(_ action: Int, to controls: inout Controls) {
        var rest = action
        for factor in self {
            factor.apply(rest % factor.count, to: &controls)
            rest /= factor.count
        }
    }
}
