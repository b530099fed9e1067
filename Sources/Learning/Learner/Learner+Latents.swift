import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingTraining

/// What a view of the latent is made of, copied so that it can be made beside the training.
package struct LatentCapture: Sendable {
    package let frames: UInt64
    /// All of the model's, and maybe others behind them.
    package let parameters: [Float]
    /// `[M, F·D]` as the encoder's port takes them.
    package let observations: [UInt8]
}

extension Learner {
    /// Bytes of observations, at most.
    private static let latentByteLimit = 4 << 20

    /// The newest parameters and some observations of the last batch; nil before the first.
    /// - Parameter rows: observations, at most.
    package func captureLatents(rows most: Int) -> LatentCapture? {
        guard state.update > 0 else { return nil }
        let observations = someObservations(atMost: min(most, max(2, Self.latentByteLimit / policy.stackedObservation.byteCount)))
        guard !observations.isEmpty else { return nil }
        return LatentCapture(
            frames: state.frames, parameters: trainer.parameters.withUnsafeBufferPointer { Array($0) }, observations: observations)
    }

    /// Of the last batch, as far apart as they can be. `[M, F·D]` as the encoder's port takes them.
    func someObservations(atMost most: Int) -> [UInt8] {
        let size = policy.stackedObservation.byteCount
        var observations: [UInt8] = []
        trainer.readObservations { bytes in
            let rows = bytes.count / size
            let count = min(rows, most)
            observations.reserveCapacity(count * size)
            for row in (0..<count).map({ $0 * rows / count }) { observations += bytes[row * size..<(row + 1) * size] }
        }
        return observations
    }
}
