import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// What the autoencoder learns in closed form: the observations' σ² and the latents' prior, running means over the steps of the
/// optimiser. They are kept among the parameters, so they are versioned and stored with them.
struct LatentStatistics {
    /// Of the parts whose σ² is learned.
    private let logVariances: [(branch: ModelBranch, places: Range<Int>)]
    private let prior: (mean: Range<Int>, logVariance: Range<Int>)?
    private let stepCount: Int

    /// Of a new step in the running mean at least: about the last fifty count.
    private static let smallestShare: Float = 0.02
    /// Of the observations' variance, what may be taken for noise at most. Without a bound the collapsed solution is stable: as
    /// long as z carries nothing σ² is the whole variance, under which nothing is worth being carried.
    private static let largestNoiseShare: Float = 0.01
    private static let stepCountName = "statistics.steps"

    static func declare(_ g: inout Graph, _ policy: LatentPolicy) {
        let architecture = policy.architecture
        if architecture.branches.contains(where: { $0.variance != nil }) || architecture.prior != nil {
            _ = g.parameter(stepCountName, [1], .zeros)
        }
    }

    /// nil where the model learns neither.
    init?(_ layout: ParameterLayout, _ policy: LatentPolicy) {
        func range(_ name: String) -> Range<Int>? { layout.slot(named: name).map { $0.offset..<$0.offset + $0.count } }
        guard let stepCount = range(Self.stepCountName) else { return nil }
        self.stepCount = stepCount.lowerBound
        logVariances = policy.architecture.branches.compactMap { branch in range(branch.logVariance).map { (branch, $0) } }
        if let mean = range(ModelArchitecture.priorMean), let logVariance = range(ModelArchitecture.priorLogVariance) {
            prior = (mean, logVariance)
        } else {
            prior = nil
        }
    }

    /// Takes in what a step of the optimiser was made on.
    func follow(_ step: StepAccess, _ parameters: ParameterBank) {
        parameters.withUnsafeMutableBufferPointer { values in
            let share = max(1 / (values[stepCount] + 1), Self.smallestShare)
            // Exact in Float; by then its share has long been the smallest.
            values[stepCount] = min(values[stepCount] + 1, 1_000_000)
            for (branch, logVariance) in logVariances {
                guard let errors = step.outputs[.squaredError(branch)], let means = step.outputs[.observationFirstMoment(branch)],
                    let squares = step.outputs[.observationSecondMoment(branch)]
                else { continue }
                // An image has one error, of all its scalars.
                let width = means.count / errors.count
                for (index, place) in logVariance.enumerated() {
                    var variance: Float = 0
                    for scalar in index * width..<(index + 1) * width {
                        // Of what stands still far from 0 the difference is a rounding, of either sign.
                        variance += max(0, squares[scalar] - means[scalar] * means[scalar])
                    }
                    let noise = min(errors[index], Self.largestNoiseShare * variance / Float(width))
                    values[place] = Self.mixed(values[place], noise, share, in: LatentPolicy.observationLogVarianceBounds)
                }
            }
            if let prior, let means = step.outputs[.latentFirstMoment], let squares = step.outputs[.latentSecondMoment] {
                for index in means.indices {
                    let (mean, spread) = (prior.mean.lowerBound + index, prior.logVariance.lowerBound + index)
                    // Moments about 0 are what can be averaged.
                    let second = expf(values[spread]) + values[mean] * values[mean]
                    values[mean] += share * (means[index] - values[mean])
                    let variance = second + share * (squares[index] - second) - values[mean] * values[mean]
                    values[spread] = logf(max(variance, 1e-8))
                }
            }
        }
    }

    /// The log of a running mean whose log was `value`.
    private static func mixed(_ value: Float, _ new: Float, _ share: Float, in bounds: ClosedRange<Float>) -> Float {
        let mean = expf(value)
        return min(max(logf(mean + share * (new - mean)), bounds.lowerBound), bounds.upperBound)
    }
}
