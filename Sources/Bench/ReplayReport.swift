/// What `ReplayBench` found.
package struct ReplayReport: Encodable {
    package let format = 1
    /// Of one step by itself.
    package let rowBytes: Int
    /// Drawn at a time.
    package let batch: Int
    package let steps: Int
    package let uniform: Run
    /// Draws by priority, each of which is then given another.
    package let prioritized: Run

    package struct Run: Encodable {
        /// Of the full buffer.
        package let bytes: Int
        package let steps: Int
        package let insertedPerSecond: Double
        package let drawnPerSecond: Double
    }

    /// - Parameters:
    ///   - cores: of the machine.
    package func text(cores: Int, processor: String) -> String {
        func line(_ name: String, _ run: Run) -> String {
            let share = Double(run.bytes) / Double(run.steps * rowBytes)
            return "\(name)\(run.bytes / 1_000_000) MB, \((100 * share).text(1)) % of the bare rows; "
                + "\((run.insertedPerSecond / 1e6).text(2)) million steps/s in, \((run.drawnPerSecond / 1e6).text(2)) million draws/s out"
        }
        return """
            \(steps) steps of \(rowBytes) bytes, \(batch) draws at a time
            \(cores) cores: \(processor)

            \(line("uniform      ", uniform))
            \(line("prioritised  ", prioritized)), each with a new priority
            """
    }
}
