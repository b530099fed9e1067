import Glibc
package import StarlingCompute
package import StarlingExperience

// What the autoencoder learned in closed form, read from parameters.

extension LatentPolicy {
    /// σ² of a normal p(part|z), of the scaled part, `[D]`; none of a Bernoulli.
    /// - Parameter parameters: all of the model's at least.
    package func variances(of branch: ModelBranch, _ parameters: ParameterBank) -> [Float] {
        let count = branch.scalars.count
        guard case .normal(let variance, _) = branch.likelihood else { return [] }
        if case .fixed(let variance) = variance { return Array(repeating: variance, count: count) }
        let learned = values(branch.logVariance, parameters).map { expf($0) }
        return learned.count == count ? learned : Array(repeating: learned.first ?? 1, count: count)
    }

    /// Mean and log variance of p(z), `[Z]` each.
    package func prior(_ parameters: ParameterBank) -> (mean: [Float], logVariance: [Float]) {
        guard architecture.prior != nil else {
            let zeros = Array(repeating: Float(0), count: model.latentCount)
            return (zeros, zeros)
        }
        return (values(ModelArchitecture.priorMean, parameters), values(ModelArchitecture.priorLogVariance, parameters))
    }

    private func values(_ name: String, _ parameters: ParameterBank) -> [Float] {
        guard let slot = layout.slot(named: name) else { fatalError("no parameter is called \(name)") }
        return parameters.withUnsafeBufferPointer { Array($0[slot.offset..<slot.offset + slot.count]) }
    }
}
