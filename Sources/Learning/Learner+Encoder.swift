import StarlingCompute
import StarlingExperience
package import StarlingSafetensors
import StarlingTraining

extension Learner {
    /// Begins with the encoder of another run, and with what normalises its observations.
    /// - Parameter stored: parameters by name, of a model with the same encoder.
    /// - Throws: `CheckpointMismatch` when one is missing or has another shape than the model's; nothing is changed then.
    package func adoptEncoder(_ stored: [NamedArray]) throws(CheckpointMismatch) {
        let modules: Set = ["encoder", "normalizer", "observations"]
        let slots = parameterLayout.slots.filter { modules.contains($0.module) }
        var arrays: [[Float]] = []
        for slot in slots { arrays.append(try slot.values(of: stored)) }
        trainer.parameters.withUnsafeMutableBufferPointer { block in
            for (slot, values) in zip(slots, arrays) {
                _ = UnsafeMutableBufferPointer(rebasing: block[slot.offset..<slot.offset + slot.count]).update(fromContentsOf: values)
            }
        }
        trainer.copyTarget()
    }
}
