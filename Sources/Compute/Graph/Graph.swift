/// A static computation as a value: grown by the vocabulary, differentiated once, run by plans.
package struct Graph: Sendable {
    struct Entry: Sendable {
        let node: Node
        let operation: any Operation
        let inputs: [Node]
        let stage: Stage
    }

    struct InputPort: Sendable {
        let name: String
        let node: Node
        let scalar: ScalarType
    }

    struct OutputPort: Sendable {
        let name: String
        let node: Node
    }

    private(set) var entries: [Entry] = []
    private(set) var inputs: [InputPort] = []
    private(set) var outputs: [OutputPort] = []
    /// One node per slot of `layout`.
    private(set) var parameters: [Node] = []
    package private(set) var layout = ParameterLayout()
    /// One per slot, after `differentiate`.
    var gradients: [Node]?
    /// The stage that new nodes belong to at least.
    var floor = Stage.forward
    /// Images that exist in their other layout too.
    private var rearranged: [Node: Node] = [:]

    package init() {}

    /// Declares a value that the host writes before the stage runs.
    package mutating func input<S: BitwiseCopyable & Sendable>(
        _ name: String, _ shape: Shape, _: S.Type, stage: Stage = .forward
    ) -> Port<S> {
        precondition(!inputs.contains { $0.name == name }, "two inputs are called \(name)")
        precondition(shape.layout == .plain, "the host writes images as [C, H, W]")
        let scalar = ScalarType(S.self)
        let node = add(InputOperation(scalar: scalar, shape: shape), [], stage: stage)
        inputs.append(InputPort(name: name, node: node, scalar: scalar))
        return Port(node: node)
    }

    /// Declares a parameter. Asking again for a name gives the same node: shared weights.
    package mutating func parameter(_ name: String, _ dims: [Int], _ initial: Initializer) -> Node {
        if let index = layout.slots.firstIndex(where: { $0.name == name }) {
            let slot = layout.slots[index]
            precondition(slot.dims == dims, "parameter \(name) is \(slot.dims), asked for as \(dims)")
            return parameters[index]
        }
        let shape = Shape(rows: nil, dims: dims)
        let node = add(ParameterOperation(slot: layout.slots.count, shape: shape), [], stage: .forward)
        layout.append(name: name, dims: dims, initial: initial)
        parameters.append(node)
        return node
    }

    /// Declares a value that the host reads after its stage has run.
    package mutating func output(_ name: String, _ node: Node) -> Port<Float> {
        precondition(!outputs.contains { $0.name == name }, "two outputs are called \(name)")
        let node = laid(node, as: .plain)
        outputs.append(OutputPort(name: name, node: node))
        return Port(node: node)
    }

    /// Declares a value as read, in whatever layout it is made: for timing, where nobody looks at it.
    mutating func keep(_ node: Node) { outputs.append(OutputPort(name: "node \(node.id)", node: node)) }

    /// Applies an operation. The vocabulary's methods do this; they read better.
    package mutating func apply(_ operation: some Operation, _ inputs: Node...) -> Node {
        let inputs = laid(inputs, for: operation.layouts)
        let stage = inputs.reduce(floor) { $0 == .backward || entry($1).stage == .backward ? .backward : .forward }
        return add(operation, inputs, stage: stage)
    }

    /// One number everywhere in a shape.
    package mutating func constant(_ value: Float, _ shape: Shape = .scalar) -> Node {
        add(ConstantOperation(value: value, shape: shape), [], stage: .forward)
    }

    /// The stage in which a node is computed.
    package func stage(of node: Node) -> Stage { entry(node).stage }

    func entry(_ node: Node) -> Entry { entries[Int(node.id)] }

    /// The number, if the node is the same number everywhere.
    func constantValue(_ node: Node) -> Float? {
        if case .constant(let value) = entry(node).operation.kernel { value } else { nil }
    }

    /// The same value in a layout.
    mutating func laid(_ node: Node, as layout: Layout) -> Node {
        guard node.shape.layout != layout else { return node }
        if entry(node).operation is Rearrange { return entry(node).inputs[0] }
        if let value = constantValue(node) { return constant(value, Shape(rows: node.shape.rows, dims: node.shape.dims, layout: layout)) }
        let stage = max(floor, entry(node).stage)
        if let known = rearranged[node], entry(known).stage <= stage { return known }
        let made = add(Rearrange(from: node.shape), [node], stage: stage)
        rearranged[node] = made
        return made
    }

    private mutating func laid(_ inputs: [Node], for rule: LayoutRule) -> [Node] {
        switch rule {
        case .any: return inputs
        case .plain: return inputs.map { laid($0, as: .plain) }
        case .channelsLast: return inputs.map { $0.shape.rows != nil && $0.shape.dims.count == 3 ? laid($0, as: .channelsLast) : $0 }
        case .same:
            guard inputs.contains(where: { $0.shape.layout == .channelsLast }) else { return inputs }
            return inputs.map { $0.shape.dims.count == 3 ? laid($0, as: .channelsLast) : $0 }
        }
    }

    private mutating func add(_ operation: some Operation, _ inputs: [Node], stage: Stage) -> Node {
        for (index, input) in inputs.enumerated() {
            let wanted = operation.scalarType(ofInput: index)
            let found = (entry(input).operation as? InputOperation)?.scalar ?? .float
            precondition(wanted == found, "input \(index) of \(operation) must carry \(wanted), not \(found)")
        }
        let node = Node(id: Int32(entries.count), shape: operation.shape(inputs.map(\.shape)))
        entries.append(Entry(node: node, operation: operation, inputs: inputs, stage: stage))
        return node
    }
}
