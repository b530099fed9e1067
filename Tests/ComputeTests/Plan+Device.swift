import StarlingCompute
import StarlingThreads

extension Plan {
    /// On the CPU unless told otherwise.
    convenience init(
        _ graph: Graph, rows: [Rows: Int], device: any Device = CPUDevice(), team: WorkerTeam? = nil, tuning: Tuning = .fixed
    ) throws(ComputeError) {
        try self.init(graph, rows: rows, ComputeContext(device: device, team: team, tuning: tuning))
    }
}
