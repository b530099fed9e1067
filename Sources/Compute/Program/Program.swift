package import StarlingThreads

/// The live part of a graph with its row counts bound, as steps in order: after removing what nobody reads, following
/// aliases, taking activations into the products before them, and fusing row by row work.
package struct Program: Sendable {
    package let graph: Graph
    /// The row extents that occur.
    package let rows: [Rows: Int]
    package let team: WorkerTeam?
    /// In order of stage, phase, row work before whole work, and dependence.
    private(set) var steps: [Step] = []
    /// The node that a node's value is read from: itself, or what it is an alias of.
    private(set) var origin: [Int32]
    /// Nodes that an output, a gradient or a live node reads; of aliases the origin.
    private(set) var isLive: [Bool]

    /// - Parameter device: what it will be compiled for: its kernels decide which steps workers share by columns.
    package init(
        _ graph: Graph, rows bindings: [Rows: Int], device: any Device, team: WorkerTeam? = nil, tuning: Tuning = .fixed
    ) throws(ComputeError) {
        self.graph = graph
        self.team = team
        origin = Self.origins(graph)
        isLive = Self.liveness(graph, origin)
        rows = try Self.bind(graph, bindings)
        var builder = ProgramBuilder(
            graph, origin: origin, isLive: isLive, rows: rows, threads: threads, device: device, tuning: tuning)
        builder.build()
        steps = builder.ordered()
    }

    /// Workers that share the rows.
    var threads: Int { team?.count ?? 1 }

    /// The products of the program, in the order of its steps.
    var sites: [ProductSite] { steps.compactMap { $0.product?.site } }

    /// Follows aliases.
    private static func origins(_ graph: Graph) -> [Int32] {
        var origin: [Int32] = []
        for entry in graph.entries {
            if case .alias = entry.operation.kernel { origin.append(origin[Int(entry.inputs[0].id)]) } else { origin.append(entry.node.id) }
        }
        return origin
    }

    private static func liveness(_ graph: Graph, _ origin: [Int32]) -> [Bool] {
        var live = [Bool](repeating: false, count: graph.entries.count)
        for output in graph.outputs { live[Int(origin[Int(output.node.id)])] = true }
        for set in graph.gradientSets { for part in set.parts { live[Int(origin[Int(part.node.id)])] = true } }
        for entry in graph.entries.reversed() where live[Int(entry.node.id)] {
            for input in entry.inputs { live[Int(origin[Int(input.id)])] = true }
        }
        return live
    }

    private static func bind(_ graph: Graph, _ bindings: [Rows: Int]) throws(ComputeError) -> [Rows: Int] {
        var bound: [Rows: Int] = [:]
        for entry in graph.entries {
            guard let rows = entry.node.shape.rows, bound[rows] == nil else { continue }
            guard let count = bindings[rows] else {
                throw ComputeError(.rows, "the graph has rows “\(rows.name)”: say how many when making the plan")
            }
            guard count > 0 else { throw ComputeError(.rows, "rows “\(rows.name)” must be at least 1, got \(count)") }
            bound[rows] = count
        }
        for entry in graph.entries {
            guard case .scan(let scan) = entry.operation.kernel else { continue }
            let rows = entry.inputs[0].shape.rows!
            let columns = entry.inputs[1].shape.rows!
            guard bound[rows] == scan.steps * bound[columns]! else {
                throw ComputeError(
                    .rows,
                    "a recurrent layer of \(scan.steps) steps over \(bound[columns]!) “\(columns.name)” needs \(scan.steps * bound[columns]!) rows “\(rows.name)”, got \(bound[rows]!)"
                )
            }
        }
        return bound
    }
}
