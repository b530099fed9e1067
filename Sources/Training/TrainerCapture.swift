package import StarlingCompute

/// All that a trainer's next step follows from, but for the reservoir: copied between two batches, and what checkpoints keep.
package struct TrainerCapture: Sendable {
    package let layout: ParameterLayout
    /// All of them, in their layout.
    package let parameters: [Float]
    /// What stands beside them, by name.
    package let parts: [Part]
    /// Steps of each group's optimiser, by the group's name.
    package let stepCounts: [String: UInt64]

    package init(layout: ParameterLayout, parameters: [Float], parts: [Part], stepCounts: [String: UInt64]) {
        (self.layout, self.parameters, self.parts, self.stepCounts) = (layout, parameters, parts, stepCounts)
    }

    /// A number for each parameter of a group: what an optimiser keeps, or the target.
    package struct Part: Sendable {
        /// For instance `first_moment`: arrays are named `encoder.mean.weight.first_moment`.
        package let name: String
        package let group: ParameterGroup
        /// In the parameters' layout.
        package let values: [Float]

        package init(name: String, group: ParameterGroup, values: [Float]) {
            (self.name, self.group, self.values) = (name, group, values)
        }
    }

    /// Name and group of a part.
    package struct PartName: Hashable, Sendable {
        package let name: String
        package let group: ParameterGroup
    }
}

extension Trainer {
    package func capture() -> TrainerCapture {
        var parts: [TrainerCapture.Part] = []
        for optimizer in optimizers {
            let group = optimizer.trained.group
            for (name, bank) in zip(optimizer.trained.optimizer.updateRule.stateNames, optimizer.state) {
                parts.append(TrainerCapture.Part(name: name, group: group, values: bank.withUnsafeBufferPointer(Array.init)))
            }
            if let target, optimizer.trained.target != .none {
                parts.append(TrainerCapture.Part(name: "target", group: group, values: target.withUnsafeBufferPointer(Array.init)))
            }
        }
        return TrainerCapture(
            layout: layout, parameters: parameters.withUnsafeBufferPointer(Array.init), parts: parts,
            stepCounts: Dictionary(uniqueKeysWithValues: optimizers.map { ($0.trained.group.name, $0.stepCount) }))
    }

    /// What a capture must hold besides the parameters.
    package var partNames: [TrainerCapture.PartName] {
        optimizers.flatMap { optimizer in
            let trained = optimizer.trained
            let names = trained.optimizer.updateRule.stateNames + (trained.target == .none ? [] : ["target"])
            return names.map { TrainerCapture.PartName(name: $0, group: trained.group) }
        }
    }

    /// Goes on from a capture of a trainer of the same design.
    package func restore(_ capture: TrainerCapture) {
        capture.parameters.withUnsafeBytes { parameters.copy(from: $0) }
        copyTarget()
        for optimizer in optimizers {
            let trained = optimizer.trained
            optimizer.stepCount = capture.stepCounts[trained.group.name] ?? 0
            for (name, bank) in zip(trained.optimizer.updateRule.stateNames, optimizer.state) {
                capture.part(name, trained.group)?.withUnsafeBytes { bank.copy(from: $0) }
            }
            guard let target, let values = capture.part("target", trained.group) else { continue }
            target.withUnsafeMutableBufferPointer { target in
                for range in layout.ranges(of: trained.group) { for index in range { target[index] = values[index] } }
            }
        }
    }
}

extension TrainerCapture {
    fileprivate func part(_ name: String, _ group: ParameterGroup) -> [Float]? {
        parts.first { $0.name == name && $0.group == group }?.values
    }
}
