/// Reverse-mode differentiation: the derivative of a graph is more graph.
extension Graph {
    /// Grows the gradients of a loss by the parameters of a group. Call it once for every loss and group, after everything
    /// that the loss depends on. A plan lends them after the stage of the loss, or the one that is named if that is later.
    /// - Parameters:
    ///   - loss: one number, without rows.
    ///   - group: what to differentiate by; parameters that the loss doesn't reach get none.
    ///   - stage: in which they are computed at the earliest.
    @discardableResult
    public mutating func differentiate(
        _ loss: Node, by group: ParameterGroup = .all, in stage: Stage = .backward
    ) -> Gradients {
        let slots = layout.slots.indices.filter { group.holds(layout.slots[$0]) }
        let reached = derivatives(of: loss, by: slots.map { parameters[$0] }, in: stage)
        var nodes = [Node?](repeating: nil, count: layout.slots.count)
        for (slot, gradient) in zip(slots, reached) { nodes[slot] = gradient }
        append(GradientSet(nodes: nodes, stage: max(stage, self.stage(of: loss))))
        return Gradients(index: gradientSets.count - 1, reached: nodes.map { $0 != nil })
    }

    /// The derivative of a scalar by each of some nodes; nil where the scalar does not depend on it.
    public mutating func derivatives(of loss: Node, by targets: [Node], in stage: Stage = .backward) -> [Node?] {
        demand(loss.shape == .scalar, "only a single number can be differentiated, not \(loss.shape)")
        let count = entries.count
        var needed = [Bool](repeating: false, count: count)
        for target in targets { needed[Int(target.id)] = true }
        for entry in entries[..<count] where entry.inputs.contains(where: { needed[Int($0.id)] }) {
            needed[Int(entry.node.id)] = true
        }
        let before = floor
        floor = stage
        defer { floor = before }
        var upstream = [Node?](repeating: nil, count: count)
        guard needed[Int(loss.id)] else { return targets.map { _ in nil } }
        upstream[Int(loss.id)] = constant(1)
        for index in stride(from: Int(loss.id), through: 0, by: -1) {
            guard needed[index], let arriving = upstream[index] else { continue }
            let entry = entries[index]
            guard entry.inputs.contains(where: { needed[Int($0.id)] }) else { continue }
            let gradients = entry.operation.gradients(&self, entry.inputs, entry.node, arriving)
            demand(gradients.count == entry.inputs.count, "\(entry.operation) gives a gradient per input")
            for (input, gradient) in zip(entry.inputs, gradients) where needed[Int(input.id)] {
                guard var gradient else { continue }
                gradient = laid(gradient, as: input.shape.layout)
                demand(
                    gradient.shape == input.shape,
                    "\(entry.operation): gradient \(gradient.shape) for an input \(input.shape)")
                if let earlier = upstream[Int(input.id)] {
                    upstream[Int(input.id)] = add(earlier, gradient)
                } else {
                    upstream[Int(input.id)] = gradient
                }
            }
        }
        return targets.map { upstream[Int($0.id)] }
    }
}
