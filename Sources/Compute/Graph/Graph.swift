/// A static computation as a value: grown by the vocabulary, differentiated, run by plans.
public struct Graph: Sendable {
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
    /// One node per slot of `layout`, read from the online bank.
    private(set) var parameters: [Node] = []
    /// Those of other banks, where they are read, by slot.
    private var others: [ParameterSource: [Int: Node]] = [:]
    /// The parameters that were declared so far, in their order in a block.
    public private(set) var layout = ParameterLayout()
    /// One for each `differentiate`.
    private(set) var gradientSets: [GradientSet] = []
    /// The bank that parameters are read from now.
    private var source = ParameterSource.online
    /// Whether parameters are read behind a closed gate now, and those that were.
    private var holdsParameters = false
    private var held: [Node: Node] = [:]
    /// The stage that new nodes belong to at least.
    var floor = Stage.forward
    /// Images that exist in their other layout too.
    private var rearranged: [Node: Node] = [:]

    public init() {}

    /// Declares a value that the host writes before the stage runs.
    public mutating func input<S: BitwiseCopyable & Sendable>(
        _ name: String, _ shape: Shape, _: S.Type, stage: Stage = .forward
    ) -> Port<S> {
        demand(!inputs.contains { $0.name == name }, "two inputs are called \(name)")
        demand(shape.layout == .plain, "the host writes images as [C, H, W]")
        let scalar = ScalarType(S.self)
        let node = add(InputOperation(scalar: scalar, shape: shape), [], stage: stage)
        inputs.append(InputPort(name: name, node: node, scalar: scalar))
        return Port(node: node)
    }

    /// Declares a parameter. Asking again for a name gives the same node: shared weights.
    public mutating func parameter(_ name: String, _ dims: [Int], _ initial: Initializer) -> Node {
        let shape = Shape(rows: nil, dims: dims)
        let slot = layout.slots.firstIndex { $0.name == name } ?? layout.slots.count
        if slot < layout.slots.count {
            let known = layout.slots[slot]
            demand(known.dims == dims, "parameter \(name) is \(known.dims), asked for as \(dims)")
        } else {
            parameters.append(add(ParameterOperation(slot: slot, source: .online, shape: shape), [], stage: .forward))
            layout.append(name: name, dims: dims, initial: initial)
        }
        guard source != .online else { return holdsParameters ? gated(parameters[slot]) : parameters[slot] }
        if let known = others[source]?[slot] { return known }
        let node = add(ParameterOperation(slot: slot, source: source, shape: shape), [], stage: .forward)
        others[source, default: [:]][slot] = node
        return node
    }

    /// Grows with the parameters of another bank: the same layers, of a target network. No loss is differentiated by these.
    public mutating func reading<R>(from source: ParameterSource, _ grow: (inout Graph) -> R) -> R {
        let before = self.source
        self.source = source
        defer { self.source = before }
        return grow(&self)
    }

    /// Grows with parameters that stay where they are: a derivative flows through the layers to what they are given, and not into their
    /// weights. So an actor follows its critic without moving it.
    public mutating func holdingParameters<R>(_ grow: (inout Graph) -> R) -> R {
        let before = holdsParameters
        holdsParameters = true
        defer { holdsParameters = before }
        return grow(&self)
    }

    private mutating func gated(_ parameter: Node) -> Node {
        if let known = held[parameter] { return known }
        let node = gate(parameter, open: false)
        held[parameter] = node
        return node
    }

    /// The banks that are read.
    var sources: [ParameterSource] { [.online] + others.keys.sorted { $0.index < $1.index } }

    /// Stages of a run.
    public var stageCount: Int {
        let latest = entries.reduce(Stage.forward) { max($0, $1.stage) }
        return Int(max(latest, gradientSets.isEmpty ? .forward : .backward).rawValue) + 1
    }

    /// Keeps what a derivative is read as.
    mutating func append(_ gradients: GradientSet) { gradientSets.append(gradients) }

    /// Declares a value that the host reads after its stage has run.
    public mutating func output(_ name: String, _ node: Node) -> Port<Float> {
        demand(!outputs.contains { $0.name == name }, "two outputs are called \(name)")
        let node = laid(node, as: .plain)
        outputs.append(OutputPort(name: name, node: node))
        return Port(node: node)
    }

    /// Declares a value as read, in whatever layout it is made: for timing, where nobody looks at it.
    mutating func keep(_ node: Node) { outputs.append(OutputPort(name: "node \(node.id)", node: node)) }

    /// Applies an operation. The vocabulary's methods do this; they read better.
    package mutating func apply(_ operation: some Operation, _ inputs: Node...) -> Node {
        let inputs = laid(inputs, for: operation.layouts)
        let stage = inputs.reduce(floor) { max($0, entry($1).stage) }
        return add(operation, inputs, stage: stage)
    }

    /// One number everywhere in a shape.
    public mutating func constant(_ value: Float, _ shape: Shape = .scalar) -> Node {
        add(ConstantOperation(value: value, shape: shape), [], stage: .forward)
    }

    /// The stage in which a node is computed.
    public func stage(of node: Node) -> Stage { entry(node).stage }

    func entry(_ node: Node) -> Entry { entries[Int(node.id)] }

    /// What the host reads: outputs and gradients.
    var readNodes: [Node] { outputs.map(\.node) + gradientSets.flatMap { $0.parts.map(\.node) } }

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
            demand(wanted == found, "input \(index) of \(operation) must carry \(wanted), not \(found)")
        }
        let node = Node(id: Int32(entries.count), shape: operation.shape(inputs.map(\.shape)))
        entries.append(Entry(node: node, operation: operation, inputs: inputs, stage: stage))
        return node
    }
}
