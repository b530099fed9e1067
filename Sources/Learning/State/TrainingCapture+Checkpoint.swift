package import StarlingCompute
package import StarlingExperience
import StarlingReplay
package import StarlingSafetensors
package import StarlingStorage
import StarlingTraining

// A capture holds flat blocks; a checkpoint holds arrays by name, that any safetensors reader opens.

extension TrainingCapture {
    package var checkpoint: Checkpoint<TrainingState> {
        Checkpoint(
            version: version, state: state, parameters: arrays(trained.parameters),
            optimizer: trained.parts.flatMap { arrays($0.values, of: $0.group, suffix: ".\($0.name)") },
            replay: (reservoir.map { [$0.array] } ?? []) + (replay?.arrays ?? []), actors: actors)
    }

    /// - Throws: `CheckpointMismatch` when an array is missing or has another shape than the model's.
    package init(_ checkpoint: Checkpoint<TrainingState>, of learner: Learner) throws(CheckpointMismatch) {
        let (layout, parts) = (learner.parameterLayout, learner.trainer.partNames)
        state = checkpoint.state
        version = checkpoint.version
        var kept: [TrainerCapture.Part] = []
        for part in parts {
            kept.append(
                TrainerCapture.Part(
                    name: part.name, group: part.group,
                    values: try layout.block(of: checkpoint.optimizer, in: part.group, suffix: ".\(part.name)")))
        }
        trained = TrainerCapture(
            layout: layout, parameters: try layout.block(of: checkpoint.parameters), parts: kept,
            stepCounts: checkpoint.state.stepCounts(of: Set(parts.map(\.group))))
        reservoir = checkpoint.replay.first { $0.name == ReservoirContents.arrayName }.flatMap(ReservoirContents.init)
        replay = state.replay.flatMap {
            ReplayContents(checkpoint.replay, inserted: $0.inserted, draws: $0.draws, largest: $0.largestPriority)
        }
        actors = checkpoint.actors
    }

    private func arrays(_ block: [Float], of group: ParameterGroup = .all, suffix: String = "") -> [NamedArray] {
        trained.layout.slots.filter { group.holds($0) }.map { slot in
            NamedArray(slot.name + suffix, shape: slot.dims, Array(block[slot.offset..<slot.offset + slot.count]))
        }
    }
}

extension ParameterSnapshot {
    /// The block of a model's parameters from arrays by name.
    /// - Parameter layout: of the parameters that actors compute with.
    package init(
        _ parameters: [NamedArray], version: ParameterVersion, layout: ParameterLayout
    ) throws(CheckpointMismatch) {
        let block: [Float] = try layout.block(of: parameters)
        self.init(version: version, bytes: block.withUnsafeBytes(Array.init))
    }
}

extension ParameterLayout {
    fileprivate func block(
        of arrays: [NamedArray], in group: ParameterGroup = .all, suffix: String = ""
    ) throws(CheckpointMismatch) -> [Float] {
        var block = [Float](repeating: 0, count: count)
        for slot in slots where group.holds(slot) {
            block.replaceSubrange(slot.offset..<slot.offset + slot.count, with: try slot.values(of: arrays, suffix: suffix))
        }
        return block
    }
}

extension ParameterLayout.Slot {
    /// Those of the array of its name, and a suffix.
    func values(of arrays: [NamedArray], suffix: String = "") throws(CheckpointMismatch) -> [Float] {
        let name = name + suffix
        guard let array = arrays.first(where: { $0.name == name }) else {
            throw CheckpointMismatch(message: "there is no \(name), which the model needs")
        }
        guard array.shape == dims, let values = array.values(as: Float.self) else {
            throw CheckpointMismatch(
                message: "\(name) is \(array.scalar.rawValue) \(array.shape) in the checkpoint and F32 \(dims) in the model")
        }
        return values
    }
}

/// A checkpoint of another model.
package struct CheckpointMismatch: Error, Hashable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
