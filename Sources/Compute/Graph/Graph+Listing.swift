/// A value of a graph and where it comes from.
package struct ListedNode: Sendable {
    package enum Origin: Sendable {
        case input(String, ScalarType)
        case parameter(String)
        case computed(Kernel)
    }

    package let node: Node
    package let origin: Origin
    package let inputs: [Node]
}

extension Graph {
    /// What these nodes are made of and no more, in an order of evaluation: for who writes a model down for another program.
    package func listing(of nodes: [Node]) -> [ListedNode] {
        var isNeeded = [Bool](repeating: false, count: entries.count)
        for node in nodes { isNeeded[Int(node.id)] = true }
        for entry in entries.reversed() where isNeeded[Int(entry.node.id)] {
            for input in entry.inputs { isNeeded[Int(input.id)] = true }
        }
        return entries.filter { isNeeded[Int($0.node.id)] }.map { ListedNode(node: $0.node, origin: origin(of: $0), inputs: $0.inputs) }
    }

    private func origin(of entry: Entry) -> ListedNode.Origin {
        if let parameter = entry.operation as? ParameterOperation { return .parameter(layout.slots[parameter.slot].name) }
        if let port = inputs.first(where: { $0.node == entry.node }) { return .input(port.name, port.scalar) }
        return .computed(entry.operation.kernel)
    }

    /// A fixed vector, `[D]`.
    package mutating func table(_ values: [Float]) -> Node { apply(TableOperation(values: values)) }
}
