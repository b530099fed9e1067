extension LedgerBooks {
    /// Far beyond any sequence that the wire lets through, and any sum of unrolls: sums never overflow.
    package static let countLimit: UInt64 = 1 << 48

    /// What can't have come from `apply` and `note`; nil when a learner can go on with these books, whose numbers it
    /// subtracts from each other.
    package var fault: String? {
        guard position <= Self.countLimit else { return "its books are at entry \(position)" }
        let count = former.largestCount
        if count > Self.countLimit { return "its books tell of \(count) unrolls of one fate" }
        for (name, account) in accounts {
            guard name == account.actor.instance else { return "its books have actor \(account.actor.instance) under \(name)" }
            if let fault = account.fault { return "its books of actor \(name) have \(fault)" }
        }
        return nil
    }
}

extension LedgerBooks.Account {
    fileprivate var fault: String? {
        if baseline > cursor { return "its cursor \(cursor) before its first unroll, \(baseline)" }
        if skipped > cursor - baseline { return "\(skipped) unrolls skipped of \(cursor - baseline)" }
        if cursor > produced { return "\(cursor) unrolls taken over of \(produced) produced" }
        if produced > LedgerBooks.countLimit { return "\(produced) unrolls produced" }
        let count = ledger.largestCount
        if count > LedgerBooks.countLimit { return "\(count) unrolls of one fate" }
        return nil
    }
}

extension Ledger {
    /// Of what the learner counted itself, one by one. What peers claim adds up to anything.
    fileprivate var largestCount: UInt64 { [trained, tooStale, invalid, abandoned, pending].reduce(0, max) }
}
