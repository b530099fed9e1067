package import StarlingExperience
import StarlingMessages
import StarlingThreads

/// What the books mean for those who are here: accounts, acknowledgements, credit.
extension LearnerSessions {
    /// Takes the past over: accounts and cursors are as if those learners were this one.
    mutating func recall(_ past: RunPast, isJournaling: Bool, at now: Deadline) {
        runBooks = RunBooks(isJournaling: isJournaling, after: past)
        // Of those that the tail changes too.
        let books = runBooks.whole
        totals = books.former
        for account in books.accounts.values {
            var identity = account.actor
            identity.ordinal = roster.takeOrdinal(identity.ordinal)
            roster.add(ActorAccount(account, identity, at: now))
            var fates = account.ledger
            (fates.produced, fates.acknowledged, fates.outbox, fates.dropped, fates.lostWithActor) = (0, 0, 0, 0, 0)
            totals.add(fates)
        }
        totals.pending = 0
    }

    /// Ticket of a journal's unroll that is to be trained on; nil when it is none that waits for a fate.
    package mutating func ticket(ofReplayed index: UInt64) -> UInt64? { runBooks.ticket(ofReplayed: index) }

    /// The trainer has read all of the journal that can be read: the past's unrolls that it never asked for are abandoned,
    /// else nothing behind them would ever be settled.
    /// - Returns: how many.
    package mutating func abandonUntaken() -> Int {
        let count = runBooks.abandonUntaken()
        self.count(.abandoned, UInt64(count))
        return count
    }

    /// What the journal is to be given.
    package mutating func takeUnwritten() -> [JournalEntry] {
        var entries: [JournalEntry] = []
        swap(&entries, &runBooks.unwritten)
        return entries
    }

    /// Writes an entry into the books.
    /// - Returns: its ticket.
    @discardableResult
    mutating func write(
        _ event: JournalEntry.Event, of account: ActorAccount, fate: Fate? = nil, _ unroll: JournaledUnroll? = nil
    ) -> UInt64 {
        // Who only evaluates has no unrolls.
        guard account.role == .act else { return runBooks.endTicket }
        if !account.isInBooks {
            // Who never had an unroll leaves no trace.
            guard event.through != nil || account.produced > account.baseline else { return runBooks.endTicket }
            account.isInBooks = true
            if case .joined = event {} else { write(.joined(baseline: account.baseline), of: account) }
        }
        let (index, ticket) = runBooks.write(event, of: account.identity, produced: account.produced, fate: fate, unroll)
        if !runBooks.isJournaling { stored(through: index) }
        return ticket
    }

    /// Everything up to this index is kept: time to acknowledge it.
    package mutating func stored(through index: UInt64) {
        let held = runBooks.heldCount
        while let entry = runBooks.storeNext(through: index) {
            if let through = entry.event.through { acknowledge(entry.actor, through) }
        }
        // Their blocks are gone: where memory is what limits credit, nothing else would tell.
        if runBooks.heldCount < held { grantCredit() }
    }

    private mutating func acknowledge(_ actor: ActorIdentity, _ through: UInt64) {
        guard let account = roster[actor.instance], account.identity.incarnation == actor.incarnation else { return }
        account.stored = max(account.stored, through)
        if let connection = account.connection, let session = sessions[connection] { statuses.add(session) }
    }

    /// The books that a checkpoint holds: up to the first unroll without a fate.
    package var settledBooks: LedgerBooks { withNews(runBooks.settled) }

    /// The books now; unrolls without a fate are pending.
    package var books: LedgerBooks { withNews(runBooks.whole) }

    private func withNews(_ old: LedgerBooks) -> LedgerBooks {
        var books = old
        for (name, account) in roster.accounts where account.role == .act {
            if !account.isInBooks, account.produced > account.baseline {
                let joining = JournalEntry.Event.joined(baseline: account.baseline)
                books.apply(JournalEntry(index: 0, actor: account.identity, produced: account.produced, event: joining), nil)
            }
            books.note(
                name, incarnation: account.identity.incarnation, produced: account.produced,
                leaving: account.isClosed ? account.leaving ?? "left" : nil)
        }
        (books.former.duplicates, books.former.garbage) = (totals.duplicates, totals.garbage)
        books.former.overCredit = totals.overCredit
        return books
    }

    /// Unrolls without a fate get this one, because nothing keeps them.
    mutating func settleAll(_ fate: Fate) { count(fate, UInt64(runBooks.settleAll(fate))) }
}
