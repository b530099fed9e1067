import Glibc
import StarlingExperience
import StarlingReturns

/// V-trace of one column in double, written from the paper's sum (Espeholt et al. 2018, equation 1), in O(T²):
/// `v_s = V(x_s) + Σ_{t ≥ s} (Π_{s ≤ i < t} γᵢ cᵢ) δₜ`.
struct VTraceOracle {
    var settings: VTraceTargets.Settings
    var logRatios: [Float]
    var rewards: [Float]
    /// nil where a row holds no step.
    var discounts: [Float?]
    var values: [Float]

    private func ratio(_ t: Int, clip: Float) -> Double { min(Double(clip), exp(Double(logRatios[t]))) }

    private func delta(_ t: Int) -> Double {
        guard let discount = discounts[t] else { return 0 }
        let target = Double(rewards[t]) + Double(discount) * Double(values[t + 1])
        return ratio(t, clip: settings.rhoClip) * (target - Double(values[t]))
    }

    /// γᵢ cᵢ
    private func trace(_ t: Int) -> Double {
        guard let discount = discounts[t] else { return 0 }
        return Double(discount) * Double(settings.lambda) * ratio(t, clip: settings.cClip)
    }

    func valueTarget(_ s: Int) -> Double {
        var sum = Double(values[s])
        for t in s..<rewards.count {
            var product = 1.0
            for i in s..<t { product *= trace(i) }
            sum += product * delta(t)
        }
        return sum
    }

    func advantage(_ s: Int) -> Double {
        guard s < rewards.count, let discount = discounts[s] else { return 0 }
        let lambda = Double(settings.lambda)
        let bootstrap = lambda * valueTarget(s + 1) + (1 - lambda) * Double(values[s + 1])
        return ratio(s, clip: settings.pgRhoClip)
            * (Double(rewards[s]) + Double(discount) * bootstrap - Double(values[s]))
    }
}
