import StarlingAlgorithms
package import StarlingCompute
package import StarlingExperience

/// A whole state of the training, copied between two updates: what a checkpoint stores.
package struct TrainingCapture: Sendable {
    package let state: TrainingState
    package let snapshot: ParameterSnapshot
    /// Adam's moments in the parameters' layout.
    package let firstMoments: [Float]
    package let secondMoments: [Float]
    package let layout: ParameterLayout

    package var version: ParameterVersion { snapshot.version }
}

extension Learner {
    package func capture() -> TrainingCapture {
        var state = self.state
        state.optimizerSteps = optimizer.stepCount
        state.tuning = tuning
        return TrainingCapture(
            state: state, snapshot: makeSnapshot(),
            firstMoments: optimizer.firstMoments.withUnsafeBufferPointer(Array.init),
            secondMoments: optimizer.secondMoments.withUnsafeBufferPointer(Array.init), layout: algorithm.layout)
    }

    /// Goes on from a capture as generation `generation`.
    package func resume(_ capture: TrainingCapture) {
        capture.snapshot.bytes.withUnsafeBytes { parameters.copy(from: $0) }
        capture.firstMoments.withUnsafeBytes { optimizer.firstMoments.copy(from: $0) }
        capture.secondMoments.withUnsafeBytes { optimizer.secondMoments.copy(from: $0) }
        state = capture.state
        optimizer.stepCount = capture.state.optimizerSteps
        state.generationStarts[generation] = state.update
    }
}
