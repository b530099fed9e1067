import CStarlingKernels
import Glibc
package import StarlingAlgorithms
package import StarlingCompute
package import StarlingThreads

package struct OptimizerSettings: Hashable, Sendable {
    package var learningRate: Float = 1e-3
    /// What the rate falls to, linearly, at the end of the horizon, as a share of `learningRate`.
    package var finalShare: Float = 0
    /// Frames over which the schedules (learning rate, β) run; 0 = constant learning rate, β at once.
    package var horizon: UInt64 = 0
    /// Largest global norm of the gradients.
    package var clipNorm: Float = 40
    package var beta1: Float = 0.9
    package var beta2: Float = 0.999
    package var epsilon: Float = 1e-5

    package init() {}

    /// Share of the horizon that lies behind, in 0 ... 1.
    package func progress(frames: UInt64) -> Float {
        horizon == 0 ? 1 : min(1, Float(Double(frames) / Double(horizon)))
    }

    package func learningRate(frames: UInt64) -> Float {
        guard horizon > 0 else { return learningRate }
        return learningRate * (1 - progress(frames: frames) * (1 - finalShare))
    }
}

/// Adam (Kingma & Ba 2015) with clipping by the global norm, over flat blocks in the parameters' layout.
package final class Optimizer {
    package let settings: OptimizerSettings
    /// First and second moments, in the parameters' layout.
    package let firstMoments: ParameterBank
    package let secondMoments: ParameterBank
    /// Steps taken: the exponent of the bias corrections.
    package var stepCount: UInt64 = 0
    private let layout: ParameterLayout
    private let team: WorkerTeam?

    /// - Parameter team: threads that share a step; the bits are the same with any.
    package init(_ settings: OptimizerSettings, layout: ParameterLayout, team: WorkerTeam? = nil) {
        self.team = team
        self.settings = settings
        self.layout = layout
        firstMoments = ParameterBank(layout)
        secondMoments = ParameterBank(layout)
    }

    /// Moves the parameters against the gradients, once.
    /// - Returns: the global norm before clipping.
    /// - Throws: `NotFinite` naming the parameter whose gradient is not a number; nothing has changed then.
    package func step(
        _ parameters: ParameterBank, _ gradients: UnsafeBufferPointer<Float>, learningRate: Float
    ) throws(NotFinite) -> Float {
        let norm = Self.norm(of: gradients)
        guard norm.isFinite else { throw firstFault(in: gradients, norm) }
        stepCount += 1
        let scale = norm > settings.clipNorm ? settings.clipNorm / norm : 1
        parameters.step(
            AdamStep(
                rate: learningRate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
                correction1: 1 / (1 - powf(settings.beta1, Float(stepCount))),
                correction2: 1 / (1 - powf(settings.beta2, Float(stepCount))), scale: scale),
            gradients: gradients, first: firstMoments, second: secondMoments, team: team)
        return norm
    }

    /// Global norm.
    static func norm(of gradients: UnsafeBufferPointer<Float>) -> Float {
        Float(starling_sum_of_squares(gradients.baseAddress!, gradients.count).squareRoot())
    }

    private func firstFault(in gradients: UnsafeBufferPointer<Float>, _ norm: Float) -> NotFinite {
        for slot in layout.slots {
            for index in slot.offset..<slot.offset + slot.count where !gradients[index].isFinite {
                return NotFinite(term: "gradient of \(slot.name)", value: gradients[index])
            }
        }
        return NotFinite(term: "global gradient norm", value: norm)
    }
}
