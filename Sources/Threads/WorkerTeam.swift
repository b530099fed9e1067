/// Named threads that share the rows of a run.
package final class WorkerTeam: Sendable {
    /// Threads, the calling one included.
    package let count: Int

    package init(count: Int, name: String = "worker") { self.count = count }
}
