/// Decides when what is wrong is worth a line of the log: when it has been so for some judgements in a row, and once of each kind.
package struct WarningWatch {
    /// By the warning's name, the judgements in a row that had it.
    private var counts: [String: Int] = [:]
    private var told: Set<String> = []
    private var pending: [String] = []

    package init() {}

    package mutating func add(_ warnings: [any RunWarning]) {
        var next: [String: Int] = [:]
        for warning in warnings {
            let count = counts[warning.name, default: 0] + 1
            next[warning.name] = count
            if count >= warning.patience, told.insert(warning.name).inserted { pending.append(warning.message) }
        }
        counts = next
    }

    /// Whether this was wrong in so many of the newest judgements that it is worth a line.
    package func lasts(_ warning: any RunWarning) -> Bool { counts[warning.name, default: 0] >= warning.patience }

    /// Lines to be told now.
    package mutating func takeMessages() -> [String] {
        defer { pending = [] }
        return pending
    }
}
