package import StarlingExperience
import StarlingMessages
import StarlingThreads

/// An entry of the run's books that is not yet both stored and settled.
struct OpenEntry {
    /// Without the unroll itself.
    let entry: JournalEntry
    var fate: Fate?
    /// It came from the journal of an earlier start: no actor has credit for it.
    let isReplayed: Bool
    /// Replayed, and the trainer asked for its ticket.
    var isTaken = false
    /// It got its fate before it was stored: its block is still in memory.
    var isHeld = false

    /// Whether it can go into the settled books.
    var isSettled: Bool { fate != nil || !entry.event.isOpen }
}

/// What a run brings from the learners before this one.
package struct RunPast: Sendable {
    /// The books of the checkpoint that the training goes on from.
    package var books: LedgerBooks
    /// What the journal holds beyond them, without blocks.
    package var tail: [JournalEntry]

    package init(books: LedgerBooks = LedgerBooks(), tail: [JournalEntry] = []) {
        self.books = books
        self.tail = tail
    }
}

/// Keeps entries so that they outlive the learner.
package protocol UnrollJournal: AnyObject, Sendable {
    /// Has `stored` called, on any thread, with the index up to which all entries are kept.
    func start(stored: @escaping @Sendable (UInt64) -> Void)
    /// Takes entries in the order of their indices. It never waits.
    func append(_ entries: [JournalEntry])
}

/// Every change of what is owed to an actor is an entry with an index. Entries become stored in their order (by the
/// journal, or at once without one), which is when they are acknowledged, and settled as soon as they and all before
/// them have a fate, which is what a checkpoint covers. An entry that is both is forgotten here: it is in `settled`.
extension LearnerSessions {
    /// Ticket of the entry that comes next.
    private var endTicket: UInt64 { firstTicket + UInt64(entries.count) }

    /// Takes the past over: accounts and cursors are as if those learners were this one.
    mutating func recall(_ past: RunPast, at now: Deadline) {
        settled = past.books
        nextIndex = past.books.position + 1
        var books = past.books
        for entry in past.tail {
            // Twice in the journal: its first record may not have reached the disk.
            guard entry.index >= nextIndex else { continue }
            let isNew = books.apply(entry, nil)
            entries.append(OpenEntry(entry: entry, fate: isNew ? nil : .abandoned, isReplayed: true))
            if isNew, entry.event.isOpen { pending += 1 }
            nextIndex = entry.index + 1
        }
        storedTicket = endTicket - 1
        settleEntries()
        totals = books.former
        for (name, account) in books.accounts {
            let isTaken = !ordinals.insert(account.actor.ordinal).inserted
            var identity = account.actor
            if isTaken { identity.ordinal = takeOrdinal(nil) }
            accounts[name] = ActorAccount(account, identity, at: now)
            var fates = account.ledger
            (fates.produced, fates.acknowledged, fates.outbox, fates.dropped, fates.lostWithActor) = (0, 0, 0, 0, 0)
            totals.add(fates)
        }
        totals.pending = 0
    }

    /// Ticket of a journal's unroll that is to be trained on; nil when it is none that waits for a fate.
    package mutating func ticket(ofReplayed index: UInt64) -> UInt64? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].entry.index < index { low = middle + 1 } else { high = middle }
        }
        // What came since is the events' business.
        guard low < entries.count, entries[low].entry.index == index, entries[low].isReplayed, !entries[low].isSettled
        else { return nil }
        entries[low].isTaken = true
        return firstTicket + UInt64(low)
    }

    /// The trainer has read all of the journal that can be read: the past's unrolls that it never asked for are abandoned,
    /// else nothing behind them would ever be settled.
    /// - Returns: how many.
    package mutating func abandonUntaken() -> Int {
        var count = 0
        for place in 0..<entries.count {
            let entry = entries[place]
            guard entry.isReplayed, !entry.isTaken, !entry.isSettled else { continue }
            entries[place].fate = .abandoned
            pending -= 1
            count += 1
        }
        self.count(.abandoned, UInt64(count))
        settleEntries()
        return count
    }

    /// Writes an entry into the books.
    /// - Returns: its ticket.
    @discardableResult
    mutating func write(
        _ event: JournalEntry.Event, of account: ActorAccount, fate: Fate? = nil, _ unroll: JournaledUnroll? = nil
    ) -> UInt64 {
        let ticket = endTicket
        // Who only evaluates has no unrolls.
        guard account.role == .act else { return ticket }
        if !account.isInBooks {
            // Who never had an unroll leaves no trace.
            guard event.through != nil || account.produced > account.baseline else { return ticket }
            account.isInBooks = true
            if case .joined = event {} else { write(.joined(baseline: account.baseline), of: account) }
            return write(event, of: account, fate: fate, unroll)
        }
        var entry = JournalEntry(index: nextIndex, actor: account.identity, produced: account.produced, event: event)
        nextIndex += 1
        entries.append(OpenEntry(entry: entry, fate: fate, isReplayed: false))
        settleEntries()
        if isJournaling {
            entry.unroll = unroll
            unwritten.append(entry)
        } else {
            stored(through: entry.index)
        }
        return ticket
    }

    /// Gives an unroll its fate.
    /// - Returns: false for one that no actor had credit for.
    mutating func setFate(_ ticket: UInt64, _ fate: Fate) -> Bool {
        precondition(ticket >= firstTicket && ticket < endTicket, "unroll \(ticket) is settled twice")
        let place = Int(ticket - firstTicket)
        precondition(!entries[place].isSettled, "unroll \(ticket) is settled twice")
        entries[place].fate = fate
        pending -= 1
        if ticket > storedTicket {
            entries[place].isHeld = true
            settledUnstored += 1
        }
        let isReplayed = entries[place].isReplayed
        settleEntries()
        return !isReplayed
    }

    /// Everything up to this index is kept: time to acknowledge it.
    package mutating func stored(through index: UInt64) {
        let held = settledUnstored
        while storedTicket + 1 < endTicket {
            let place = Int(storedTicket + 1 - firstTicket)
            guard entries[place].entry.index <= index else { break }
            storedTicket += 1
            let event = entries[place].entry.event
            if event.isOpen, entries[place].fate != nil, entries[place].isHeld { settledUnstored -= 1 }
            if let through = event.through { acknowledge(entries[place].entry.actor, through) }
        }
        trimEntries()
        // Their blocks are gone: where memory is what limits credit, nothing else would tell.
        if settledUnstored < held { grantCredit() }
    }

    private mutating func acknowledge(_ actor: ActorIdentity, _ through: UInt64) {
        guard let account = accounts[actor.instance], account.identity.incarnation == actor.incarnation else { return }
        account.stored = max(account.stored, through)
        if let connection = account.connection { markDirty(connection) }
    }

    private mutating func settleEntries() {
        while firstOpenTicket < endTicket {
            let place = Int(firstOpenTicket - firstTicket)
            guard entries[place].isSettled else { break }
            settled.apply(entries[place].entry, entries[place].fate)
            firstOpenTicket += 1
        }
        trimEntries()
    }

    private mutating func trimEntries() {
        while firstTicket < firstOpenTicket, firstTicket <= storedTicket, entries.popFirst() != nil { firstTicket += 1 }
    }

    /// The books that a checkpoint holds: up to the first unroll without a fate.
    package var settledBooks: LedgerBooks { withNews(settled) }

    /// The books now; unrolls without a fate are pending.
    package var books: LedgerBooks {
        var books = settled
        for place in 0..<entries.count where firstTicket + UInt64(place) >= firstOpenTicket {
            books.apply(entries[place].entry, entries[place].fate)
        }
        return withNews(books)
    }

    private func withNews(_ old: LedgerBooks) -> LedgerBooks {
        var books = old
        for (name, account) in accounts where account.role == .act {
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
    mutating func settleAll(_ fate: Fate) {
        for place in 0..<entries.count where !entries[place].isSettled {
            entries[place].fate = fate
            pending -= 1
            count(fate, 1)
        }
        settleEntries()
    }

    /// Sessions get credit in this order, which is that of the wait queue when the training was captured.
    package mutating func queueForCredit(inOrderOf instances: [String]) {
        var order: [Connection] = []
        while let connection = waitQueue.popFirst() { order.append(connection) }
        func place(_ connection: Connection) -> Int {
            sessions[connection].flatMap { instances.firstIndex(of: $0.identity.instance) } ?? instances.count
        }
        for entry in order.enumerated().sorted(by: { (place($0.element), $0.offset) < (place($1.element), $1.offset) }) {
            waitQueue.append(entry.element)
        }
    }

    /// Names of the actors in the wait queue, longest waiting first.
    package var creditQueue: [String] {
        (0..<waitQueue.count).compactMap { sessions[waitQueue[$0]]?.identity.instance }
    }
}
