package import StarlingExperience
package import StarlingReplay
package import StarlingSafetensors
package import StarlingTraining

/// A whole state of the training, copied between two updates: what a checkpoint stores.
package struct TrainingCapture: Sendable {
    package internal(set) var state: TrainingState
    package let version: ParameterVersion
    /// Parameters, optimisers, targets.
    package let trained: TrainerCapture
    /// What the reservoir holds; nil without one.
    package internal(set) var reservoir: ReservoirContents?
    /// What the replay buffer holds; nil without one.
    package internal(set) var replay: ReplayContents?
    /// What belongs to `state.serial`.
    package internal(set) var actors: [NamedArray] = []
}

extension Learner {
    package func capture() -> TrainingCapture {
        var state = self.state
        let trained = trainer.capture()
        state.keep(stepCounts: trained.stepCounts)
        state.tuning = tuning
        (state.reservoirOffers, state.reservoirDraws) = trainer.reservoir?.position ?? (0, 0)
        let replay = trainer.replay?.contents
        state.replay = replay.map { ReplayPosition(inserted: $0.inserted, draws: $0.draws, largestPriority: $0.largest) }
        return TrainingCapture(
            state: state, version: version, trained: trained, reservoir: trainer.reservoir?.contents, replay: replay)
    }

    /// Goes on from a capture as generation `generation`.
    package func resume(_ capture: TrainingCapture) {
        trainer.restore(capture.trained)
        state = capture.state
        state.generationStarts[generation] = state.update
        followCosts()
        if let contents = capture.replay, accepts(contents) { trainer.replay?.restore(contents) }
        // A reservoir that the recipe has only now begins empty.
        guard let contents = capture.reservoir, accepts(contents) else { return }
        trainer.reservoir?.restore(contents, offers: state.reservoirOffers, draws: state.reservoirDraws)
    }
}
