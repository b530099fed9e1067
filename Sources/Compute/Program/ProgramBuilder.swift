/// Turns the live nodes of a graph into steps.
struct ProgramBuilder {
    private let graph: Graph
    private let origin: [Int32]
    private let isLive: [Bool]
    private let rows: [Rows: Int]
    private let threads: Int
    private let device: any Device
    private let tuning: Tuning
    /// Values with rows that a shared step leaves.
    private var shared: Set<Int32> = []
    private var steps: [Step] = []
    /// The step that leaves a node's value.
    private var producer: [Int32: Int] = [:]
    private var phase: [Int32: Int] = [:]
    private var consumers: [[Int32]]
    /// Products whose result only a later activation needs, and that activation.
    private var absorbed: [Int32: (by: Int32, after: Step.After)] = [:]

    /// Nodes and operands that a map has at most: each may need one of the kernel's 256 slots.
    private static let longestMap = 240

    init(
        _ graph: Graph, origin: [Int32], isLive: [Bool], rows: [Rows: Int], threads: Int, device: any Device, tuning: Tuning
    ) {
        self.graph = graph
        self.origin = origin
        self.isLive = isLive
        self.rows = rows
        self.threads = threads
        self.device = device
        self.tuning = tuning
        consumers = Array(repeating: [], count: graph.entries.count)
    }

    mutating func build() {
        findConsumers()
        findActivations()
        for entry in graph.entries where isLive[Int(entry.node.id)] { place(entry) }
        placeGradients()
    }

    /// Steps by stage and phase, row work before whole work, otherwise as built.
    func ordered() -> [Step] {
        steps.enumerated().sorted { a, b in
            let (x, y) = (key(a.element), key(b.element))
            return x == y ? a.offset < b.offset : x.lexicographicallyPrecedes(y)
        }.map(\.element)
    }

    private func key(_ step: Step) -> [Int] { [Int(step.stage.rawValue), step.phase, step.rows == nil ? 1 : 0] }

    private func inputs(_ entry: Graph.Entry) -> [Int32] { entry.inputs.map { origin[Int($0.id)] } }

    private mutating func findConsumers() {
        for entry in graph.entries where isLive[Int(entry.node.id)] {
            for input in inputs(entry) { consumers[Int(input)].append(entry.node.id) }
        }
        // The host reads outputs and gradients: nobody may swallow them.
        for node in graph.readNodes { consumers[Int(origin[Int(node.id)])].append(-1) }
    }

    /// A product that only an activation (or its derivative) reads does it itself.
    private mutating func findActivations() {
        for entry in graph.entries where isLive[Int(entry.node.id)] {
            guard case .map(let map) = entry.operation.kernel, let last = inputs(entry).last else { continue }
            let product = graph.entries[Int(last)]
            guard consumers[Int(last)] == [entry.node.id], product.stage == entry.stage else { continue }
            switch product.operation.kernel {
            case .product, .patchProduct, .patchProductTransposed:
                if let after = Step.After(activation: map) {
                    absorbed[last] = (entry.node.id, after)
                    continue
                }
                if case .product = product.operation.kernel { continue }
                if let after = Step.After(gradient: map, of: inputs(entry)[0]), inputs(entry)[0] != last {
                    absorbed[last] = (entry.node.id, after)
                }
            case .productTransposed:
                if let after = Step.After(gradient: map, of: inputs(entry)[0]), inputs(entry)[0] != last {
                    absorbed[last] = (entry.node.id, after)
                }
            default: break
            }
        }
    }

    private mutating func place(_ entry: Graph.Entry) {
        let id = entry.node.id
        switch entry.operation.kernel {
        case .source, .constant, .table, .alias: return
        case .map, .sumRows: placeInMap(entry)
        case .product, .productTransposed, .outerProduct, .patchProduct, .patchProductTransposed, .patchOuterProduct, .pool, .addNamedRows,
            .scan:
            guard absorbed[id] == nil else { return }
            append(entry, .nothing, product: entry)
        }
    }

    private mutating func append(_ entry: Graph.Entry, _ after: Step.After, product: Graph.Entry) {
        let rows = product.inputs[0].shape.rows
        var inputs = inputs(product)
        let kind: Step.Kind
        switch product.operation.kernel {
        case .product: kind = .product(after)
        case .productTransposed: kind = .productTransposed(after)
        case .patchProduct(let grid): kind = .patchProduct(grid, after)
        case .patchProductTransposed(let grid): kind = .patchProductTransposed(grid, after)
        case .patchOuterProduct(let grid): kind = .patchOuterProduct(grid)
        case .pool(let pool): kind = .pool(pool)
        case .addNamedRows(let isInteger): kind = .addNamedRows(isInteger: isInteger)
        case .scan(let scan): kind = .scan(scan)
        default: kind = .outerProduct
        }
        let site = ProductSite(product, rows: self.rows, threads: threads)
        let choice = site.map { Step.Product(site: $0, kernel: tuning.kernel(for: $0, on: device)) }
        // Sequences are the only thing in a scan that doesn't wait for something else of it.
        var isShared = choice.map { device.sharesColumns($0.kernel) } ?? false
        switch kind {
        case .scan, .addNamedRows: isShared = true
        default: break
        }
        if let other = after.other { inputs.append(other) }
        let id = entry.node.id
        let at = firstPhase(inputs, stage: entry.stage, rows: rows)
        phase[id] = at
        producer[id] = steps.count
        steps.append(
            Step(
                kind: kind, inputs: inputs, output: id, stage: entry.stage, phase: at, rows: rows, product: choice,
                isShared: isShared))
        if isShared, entry.node.shape.rows != nil { shared.insert(id) }
    }

    /// Row work must wait for sums over rows of its own stage; whole work runs after them in the same phase.
    private func firstPhase(_ inputs: [Int32], stage: Stage, rows: Rows?) -> Int {
        inputs.reduce(0) { latest, input in
            let entry = graph.entries[Int(input)]
            guard entry.stage == stage, let at = phase[input] else { return latest }
            let isComplete = rows != nil && (entry.node.shape.rows == nil || shared.contains(input))
            return max(latest, isComplete ? at + 1 : at)
        }
    }

    private mutating func placeInMap(_ entry: Graph.Entry) {
        let id = entry.node.id
        let inputs = inputs(entry)
        if let last = inputs.last, let fused = absorbed[last], fused.by == id {
            append(entry, fused.after, product: graph.entries[Int(last)])
            return
        }
        var rows = entry.node.shape.rows
        if case .sumRows = entry.operation.kernel { rows = entry.inputs[0].shape.rows }
        let at = firstPhase(inputs, stage: entry.stage, rows: rows)
        phase[id] = at
        // The earliest map that runs no earlier than anything this node reads.
        let earliest = inputs.reduce(0) { latest, input in
            guard let index = producer[input] else { return latest }
            let step = steps[index]
            return step.stage == entry.stage && step.phase == at && step.rows == rows ? max(latest, index) : latest
        }
        for index in earliest..<max(earliest, steps.count) {
            let step = steps[index]
            guard case .map(let nodes) = step.kind, step.stage == entry.stage, step.phase == at, step.rows == rows,
                nodes.count + step.inputs.count + 4 <= Self.longestMap
            else { continue }
            steps[index].kind = .map(nodes + [id])
            steps[index].inputs += inputs
            producer[id] = index
            return
        }
        producer[id] = steps.count
        steps.append(Step(kind: .map([id]), inputs: inputs, output: id, stage: entry.stage, phase: at, rows: rows))
    }

    /// A gradient that is a source or a constant, or serves two parameters, is copied to its place at the end.
    private mutating func placeGradients() {
        var taken: Set<Int32> = []
        for (set, gradients) in graph.gradientSets.enumerated() {
            let last = steps.reduce(0) { $1.stage == gradients.stage ? max($0, $1.phase) : $0 }
            for (slot, gradient) in gradients.parts {
                let node = origin[Int(gradient.id)]
                if graph.constantValue(graph.entries[Int(node)].node) == 0 { continue }
                if producer[node] != nil, graph.entries[Int(node)].stage > .forward, taken.insert(node).inserted { continue }
                steps.append(
                    Step(
                        kind: .copyGradient(set: set, slot: slot), inputs: [node], output: -1, stage: gradients.stage, phase: last,
                        rows: nil))
            }
        }
    }
}
