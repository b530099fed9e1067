internal import CStarlingKernels
package import StarlingThreads

/// The numbers of one step of Adam (Kingma & Ba 2015); `starling_adam` has the equations.
package struct AdamStep: Sendable {
    package var rate: Float
    package var beta1: Float
    package var beta2: Float
    package var epsilon: Float
    /// 1/(1 − βᵢᵗ).
    package var correction1: Float
    package var correction2: Float
    /// Of the gradients, for clipping.
    package var scale: Float

    package init(
        rate: Float, beta1: Float, beta2: Float, epsilon: Float, correction1: Float, correction2: Float, scale: Float
    ) {
        (self.rate, self.beta1, self.beta2, self.epsilon) = (rate, beta1, beta2, epsilon)
        (self.correction1, self.correction2, self.scale) = (correction1, correction2, scale)
    }
}

extension ParameterBank {
    /// Moves the parameters against the gradients, each worker a part of them: large models take milliseconds for this.
    /// The same bits for any team, because every number is on its own.
    /// - Parameters:
    ///   - gradients: of `count` floats, as a plan lends them.
    ///   - first: the first moments; `second` likewise.
    package func step(
        _ step: AdamStep, gradients: UnsafeBufferPointer<Float>, first: ParameterBank, second: ParameterBank,
        team: WorkerTeam? = nil
    ) {
        precondition(
            gradients.count == count && first.count == count && second.count == count,
            "gradients and moments must have \(count) floats")
        withUnsafeMutableBufferPointer { parameters in
            first.withUnsafeMutableBufferPointer { m in
                second.withUnsafeMutableBufferPointer { v in
                    var work = Work(
                        step: step, gradients: gradients.baseAddress!, parameters: parameters.baseAddress!,
                        first: m.baseAddress!, second: v.baseAddress!, count: parameters.count, workers: team?.count ?? 1)
                    guard let team, parameters.count >= 1 << 16 else {
                        work.workers = 1
                        return work.run(0)
                    }
                    withUnsafeMutablePointer(to: &work) {
                        team.run(UnsafeMutableRawPointer($0)) { context, worker in
                            context.assumingMemoryBound(to: Work.self).pointee.run(worker)
                        }
                    }
                }
            }
        }
    }

    private struct Work {
        let step: AdamStep
        let gradients: UnsafePointer<Float>
        let parameters: UnsafeMutablePointer<Float>
        let first: UnsafeMutablePointer<Float>
        let second: UnsafeMutablePointer<Float>
        let count: Int
        var workers: Int

        func run(_ worker: Int) {
            // Whole cache lines.
            let lines = count / ParameterLayout.alignment
            let start = lines * worker / workers * ParameterLayout.alignment
            let end = worker + 1 == workers ? count : lines * (worker + 1) / workers * ParameterLayout.alignment
            starling_adam(
                parameters + start, gradients + start, first + start, second + start, end - start, step.rate, step.beta1,
                step.beta2, step.epsilon, step.correction1, step.correction2, step.scale)
        }
    }
}
