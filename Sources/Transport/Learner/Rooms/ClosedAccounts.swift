/// An account that was closed.
struct ClosedAccount {
    let instance: String
    /// Which of all closings it was: an account that was opened again since has another, or none.
    let closing: UInt64
}

/// Those that are remembered, in the order in which they were closed; some of them are open again, or gone.
struct ClosedAccounts {
    let limit: Int
    private var queue = Queue<ClosedAccount>()

    init(limit: Int) { self.limit = limit }

    /// - Returns: the one to forget for it.
    mutating func add(_ account: ClosedAccount) -> ClosedAccount? {
        queue.append(account)
        return queue.count > limit ? queue.popFirst() : nil
    }
}
