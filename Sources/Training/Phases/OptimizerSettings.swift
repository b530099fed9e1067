import Glibc
package import StarlingCompute
public import StarlingConfiguration

/// How a group of parameters is moved.
public struct OptimizerSettings: Hashable, Sendable {
    /// Which rule moves parameters.
    public enum Rule: String, CaseIterable, Sendable {
        case adam, rmsprop, sgd
    }

    /// How the learning rate falls from the beginning of the horizon to its end.
    public enum Schedule: String, CaseIterable, Sendable {
        case linear
        /// Half a period: first slowly, then quickly, at the end slowly (Loshchilov & Hutter 2017, without restarts).
        case cosine
    }

    public var rule = Rule.adam
    public var learningRate: Float = 5e-4
    public var schedule = Schedule.linear
    /// What the rate falls to at the end of the horizon, as a share of `learningRate`.
    public var finalShare: Float = 0
    /// Frames over which the schedules (learning rate, β) run; 0 = constant learning rate, β at once.
    public var horizon: UInt64 = 0
    /// Largest global norm of the gradients.
    public var clipNorm: Float = 0.5
    public var beta1: Float = 0.9
    public var beta2: Float = 0.999
    public var epsilon: Float = 1e-5
    /// Share of every weight that is taken away at each step, in units of the learning rate.
    public var weightDecay: Float = 0
    /// Of RMSProp's mean square, and of momentum.
    public var decay: Float = 0.99

    public init() {}

    /// Share of the horizon that lies behind, in 0 ... 1.
    public func progress(frames: UInt64) -> Float {
        horizon == 0 ? 1 : min(1, Float(Double(frames) / Double(horizon)))
    }

    /// The rate at so many frames of the run.
    public func learningRate(frames: UInt64) -> Float {
        guard horizon > 0 else { return learningRate }
        let fall =
            switch schedule {
            case .linear: progress(frames: frames)
            case .cosine: (1 - cosf(.pi * progress(frames: frames))) / 2
            }
        return learningRate * (1 - fall * (1 - finalShare))
    }

    /// For batches so many times as large, with as many fewer steps: the learning rate grows with the root of that where steps are
    /// divided by the gradients' own size (Malladi et al. 2022, the square root scaling rule), and with it in proportion else
    /// (Goyal et al. 2017, the linear scaling rule).
    package func scaled(forBatches factor: Int) -> OptimizerSettings {
        var scaled = self
        scaled.learningRate *= rule == .sgd ? Float(factor) : Float(factor).squareRoot()
        return scaled
    }

    package var updateRule: UpdateRule {
        switch rule {
        case .adam: .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
        case .rmsprop: .rmsProp(decay: decay, epsilon: epsilon)
        case .sgd: .momentum(decay: decay)
        }
    }

    /// The section `optimizer` of recipes.
    public static let keys = KeyTable<Self>([
        .choice(
            "rule", \.rule,
            "adam, with weight_decay AdamW; rmsprop, not centred; sgd: gradient descent with momentum."),
        .number("learning_rate", \.learningRate, in: 0...10, "At the start."),
        .choice("schedule", \.schedule, "How the learning rate falls over the horizon: linear, or cosine, half a period of it."),
        .number("final_share", \.finalShare, in: 0...1, "Share of the learning rate that is left at the end of the horizon."),
        .integer(
            "horizon", \.horizon, in: 0...1_000_000_000_000,
            "Frames over which learning rate and beta run their schedules; 0 = no schedules. Not the run's length."),
        .number("clip_norm", \.clipNorm, in: 1e-6...1e9, "Largest global norm of the gradients; losses are means."),
        .number("beta1", \.beta1, in: 0...0.9999, "Adam's decay of the first moments."),
        .number("beta2", \.beta2, in: 0...0.999999, "Adam's decay of the second moments."),
        .number("epsilon", \.epsilon, in: 1e-12...1, "ε of Adam and RMSProp, outside of the root."),
        .number("weight_decay", \.weightDecay, in: 0...1, "AdamW's: share of each weight taken away at a step, times the learning rate."),
        .number("decay", \.decay, in: 0...0.999999, "Of RMSProp's mean square; of sgd's momentum."),
    ])
}
