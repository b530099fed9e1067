package import StarlingThreads

/// What plans are made for. A program makes one when it starts and hands it down.
package struct ComputeContext: Sendable {
    package let device: any Device
    /// Threads that share the work of a run; nil: the calling thread alone.
    package let team: WorkerTeam?
    /// Choices that change the order of sums. If it is timed, plans time what it has no choice for.
    package let tuning: Tuning

    package init(device: any Device, team: WorkerTeam? = nil, tuning: Tuning = .fixed) {
        (self.device, self.team, self.tuning) = (device, team, tuning)
    }

    /// This machine's cores.
    package static func cpu(team: WorkerTeam? = nil, tuning: Tuning = .fixed) -> Self {
        Self(device: CPUDevice(), team: team, tuning: tuning)
    }
}
