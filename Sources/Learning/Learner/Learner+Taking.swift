import StarlingCompute
package import StarlingSafetensors
import StarlingTraining

extension Learner {
    /// Modules of its parameters, in their order.
    package var modules: [String] {
        parameterLayout.slots.map(\.module).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Begins with parameters of another run, or of a file; with an encoder comes what normalises its observations.
    /// - Parameters:
    ///   - stored: by name.
    ///   - wanted: modules; nil: all that it has.
    /// - Returns: the modules that were taken.
    /// - Throws: `CheckpointMismatch` when a parameter is missing or has another shape than the model's; nothing is changed then.
    package func take(_ wanted: [String]?, of stored: [NamedArray]) throws(CheckpointMismatch) -> [String] {
        let has = Set(stored.map { $0.name.prefix { $0 != "." } }.map(String.init))
        let taken = modules.filter { wanted?.contains($0) ?? has.contains($0) }
        guard !taken.isEmpty else { throw CheckpointMismatch(message: "it has none of \(modules.joined(separator: ", "))") }
        let all = taken.contains("encoder") ? taken + ["normalizer", "observations"] : taken
        let slots = parameterLayout.slots.filter { all.contains($0.module) }
        var arrays: [[Float]] = []
        for slot in slots { arrays.append(try slot.values(of: stored)) }
        trainer.parameters.withUnsafeMutableBufferPointer { block in
            for (slot, values) in zip(slots, arrays) {
                _ = UnsafeMutableBufferPointer(rebasing: block[slot.offset..<slot.offset + slot.count]).update(fromContentsOf: values)
            }
        }
        trainer.copyTarget()
        return taken
    }
}
