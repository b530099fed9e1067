package import StarlingExperience

/// Largest magnitudes of what a loss sees of some unrolls, which passed all checks, so that each is finite.
package struct UnrollMagnitudes: CustomStringConvertible {
    /// 0 where observations are bytes.
    private var observation: Float = 0
    private var reward: Float = 0
    private var logProbability: Float = 0
    private var logit: Float = 0

    /// Far below where a square overflows.
    private static let ordinary: Float = 1e6

    package init(_ unrolls: [UnrollView]) {
        func largest(_ numbers: UnsafeBufferPointer<Float>) -> Float { numbers.reduce(0) { max($0, abs($1)) } }
        for unroll in unrolls {
            let (spec, frames) = (unroll.layout.observation, unroll.frames)
            if spec.floatCount > 0 {
                for start in stride(from: 0, to: frames.count, by: spec.byteCount) {
                    let numbers = UnsafeRawBufferPointer(rebasing: frames[start..<start + 4 * spec.floatCount])
                    observation = max(observation, largest(numbers.assumingMemoryBound(to: Float.self)))
                }
            }
            reward = max(reward, largest(unroll.rewards))
            logProbability = max(logProbability, largest(unroll.behaviorLogProbabilities))
            logit = max(logit, largest(unroll.behaviorLogits))
        }
    }

    /// Whether a loss that fails on such numbers is to blame itself.
    package var areOrdinary: Bool { [observation, reward, logProbability, logit].allSatisfy { $0 <= Self.ordinary } }

    package var description: String {
        "|observation| ≤ \(observation), |reward| ≤ \(reward), |log-probability| ≤ \(logProbability), |logit| ≤ \(logit)"
    }
}
