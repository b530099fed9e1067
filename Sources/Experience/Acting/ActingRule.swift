import Glibc

/// How what the policy head gives becomes an action: of several parts each by itself, and only what a mask allows.
public enum ActingRule: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// Drawn from the policy's distribution.
    case sample = 0
    /// The likeliest action, the first of equals; of continuous ones the mean.
    case greedy = 1
    /// With probability ε any action, all equally likely, else the likeliest.
    case epsilon = 2
    /// Drawn from softmax(logits / temperature).
    case boltzmann = 3

    /// Why environments with these actions can't be acted in by this rule, as a sentence without its end; nil when they can.
    package func fault(for action: ActionSpec) -> String? {
        switch (self, action) {
        case (.sample, _), (.greedy, _), (_, .discrete), (_, .multiDiscrete): nil
        case (.epsilon, .continuous), (.boltzmann, .continuous):
            "the acting rule \(self) needs discrete actions, and these are continuous: it can be sample or greedy"
        }
    }
}

/// The numbers of an acting rule. They ride with each version of the parameters, so that a schedule can change them while actors
/// act.
public struct ActingScalars: Hashable, Sendable, BitwiseCopyable {
    /// ε of the rule `epsilon`, in 0 ... 1.
    public var epsilon: Float
    /// Of the rule `boltzmann`; 1 is the policy's own distribution.
    public var temperature: Float

    public init(epsilon: Float = 0, temperature: Float = 1) {
        self.epsilon = epsilon
        self.temperature = temperature
    }

    /// ε of each of some environments: `ε^(1 + spread · i/(N − 1))` of the i-th of N, so that some explore much and some hardly
    /// (Horgan et al. 2018, "Distributed prioritized experience replay", section 4.1, with spread 7 over actors).
    package func writeEpsilons(_ epsilons: UnsafeMutableBufferPointer<Float>, spread: Float) {
        for index in epsilons.indices {
            let share = Float(index) / Float(max(1, epsilons.count - 1))
            epsilons[index] = spread > 0 ? powf(epsilon, 1 + spread * share) : epsilon
        }
    }

    package static let epsilonSpreads: ClosedRange<Float> = 0...100
    package static let epsilons: ClosedRange<Float> = 0...1
    /// Beyond them logits are all alike, or one of them is all there is.
    package static let temperatures: ClosedRange<Float> = 1e-4...1e4
}
