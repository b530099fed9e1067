import StarlingAlgorithms
package import StarlingCompute
package import StarlingExperience
package import StarlingSafetensors

/// A whole state of the training, copied between two updates: what a checkpoint stores.
package struct TrainingCapture: Sendable {
    package internal(set) var state: TrainingState
    package let version: ParameterVersion
    /// All of them, in their layout.
    package let parameters: [Float]
    /// Adam's moments in the parameters' layout.
    package let firstMoments: [Float]
    package let secondMoments: [Float]
    package let layout: ParameterLayout
    /// What the reservoir holds; nil without one.
    package internal(set) var reservoir: ReservoirContents?
    /// What belongs to `state.serial`.
    package internal(set) var actors: [NamedArray] = []

}

extension Learner {
    package func capture() -> TrainingCapture {
        var state = self.state
        state.optimizerSteps = optimizer.stepCount
        state.tuning = tuning
        (state.reservoirOffers, state.reservoirDraws) = reservoir?.position ?? (0, 0)
        var capture = TrainingCapture(
            state: state, version: version, parameters: parameters.withUnsafeBufferPointer(Array.init),
            firstMoments: optimizer.firstMoments.withUnsafeBufferPointer(Array.init),
            secondMoments: optimizer.secondMoments.withUnsafeBufferPointer(Array.init), layout: algorithm.layout)
        capture.reservoir = reservoir?.contents
        return capture
    }

    /// Goes on from a capture as generation `generation`.
    package func resume(_ capture: TrainingCapture) {
        capture.parameters.withUnsafeBytes { parameters.copy(from: $0) }
        capture.firstMoments.withUnsafeBytes { optimizer.firstMoments.copy(from: $0) }
        capture.secondMoments.withUnsafeBytes { optimizer.secondMoments.copy(from: $0) }
        state = capture.state
        optimizer.stepCount = capture.state.optimizerSteps
        state.generationStarts[generation] = state.update
        // A reservoir that the recipe has only now begins empty.
        guard let contents = capture.reservoir, accepts(contents) else { return }
        reservoir?.restore(contents, offers: state.reservoirOffers, draws: state.reservoirDraws)
    }
}
