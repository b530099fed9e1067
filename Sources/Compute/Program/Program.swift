package import StarlingThreads

/// The live part of a graph, in order, with its row counts bound.
package struct Program: Sendable {
    package let rows: [Rows: Int]
    let graph: Graph
    package let team: WorkerTeam?

    init(_ graph: Graph, rows: [Rows: Int], team: WorkerTeam?) throws(ComputeError) {
        self.graph = graph
        self.rows = rows
        self.team = team
    }
}
