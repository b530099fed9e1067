package import StarlingCompute

/// Allocations of all threads during one step in steady state. Counting needs the C library's functions replaced, which the
/// product doesn't do: `starling-allocations`, a program of its own, does, and `bench compute` asks it.
package struct AllocationCounts: Hashable, Sendable, Codable {
    /// The program's and the Swift runtime's.
    package let own: UInt64
    /// oneDNN's, OpenMP's and the C library's.
    package let libraries: UInt64

    package init(own: UInt64, libraries: UInt64) { (self.own, self.libraries) = (own, libraries) }

    /// Counts while the body runs.
    package typealias Counter = (_ body: () -> Void) -> AllocationCounts
}

/// The allocations of one kind of step.
package struct AllocationEntry: Hashable, Sendable, Codable {
    package enum Mode: String, Hashable, Sendable, Codable { case train, act }

    package let model: String
    package let mode: Mode
    package let rows: Int
    package let threads: Int
    package let counts: AllocationCounts

    package init(model: String, mode: Mode, rows: Int, threads: Int, counts: AllocationCounts) {
        (self.model, self.mode, self.rows, self.threads, self.counts) = (model, mode, rows, threads, counts)
    }

    /// Runs every step that the bench times, three times before counting.
    package static func all(_ settings: ComputeBench.Settings, _ count: AllocationCounts.Counter) throws(ComputeError) -> [Self] {
        var entries: [Self] = []
        for model in settings.models {
            for rows in model.batches {
                for threads in settings.threads {
                    let step = try TrainingStep(model, rows: rows, threads: threads, tuning: settings.tuning)
                    for _ in 0..<3 { step.run() }
                    let counts = count { step.run() }
                    entries.append(Self(model: model.rawValue, mode: .train, rows: rows, threads: threads, counts: counts))
                }
            }
            for rows in settings.acting {
                let step = try ActingStep(model, rows: rows)
                for _ in 0..<3 { step.run() }
                let counts = count { step.run() }
                entries.append(Self(model: model.rawValue, mode: .act, rows: rows, threads: 1, counts: counts))
            }
        }
        return entries
    }
}
