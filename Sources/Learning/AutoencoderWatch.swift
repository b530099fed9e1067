package import StarlingLatentQuality

/// Decides when what is wrong with an autoencoder is worth a line of the log: when it has been so for some judgements in a row, and
/// once of each kind. At first every autoencoder carries nothing.
package struct AutoencoderWatch {
    /// By the warning's name, the judgements in a row that had it.
    private var counts: [String: Int] = [:]
    private var told: Set<String> = []
    private var pending: [String] = []

    package init() {}

    /// About as many seconds.
    package static let judgements = 10

    package mutating func add(_ warnings: [LatentWarning]) {
        var next: [String: Int] = [:]
        for warning in warnings {
            let count = counts[warning.name, default: 0] + 1
            next[warning.name] = count
            if count >= Self.judgements, told.insert(warning.name).inserted { pending.append(warning.message) }
        }
        counts = next
    }

    /// Lines to be told now.
    package mutating func takeMessages() -> [String] {
        defer { pending = [] }
        return pending
    }
}
