package import StarlingExperience

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

/// The run's books. Every change of what is owed to an actor is an entry with an index. Entries become stored in their order
/// (by the journal, or at once without one), which is when they are acknowledged, and settled as soon as they and all before
/// them have a fate, which is what a checkpoint covers. An entry that is both is forgotten here: it is in `settled`.
package struct RunBooks {
    /// An entry that is not yet both stored and settled.
    private struct OpenEntry {
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

    /// Up to the first unroll without a fate.
    package private(set) var settled: LedgerBooks
    private var entries = Queue<OpenEntry>()
    /// Ticket of the first of `entries`; the others' follow.
    private var firstTicket: UInt64 = 1
    /// All tickets before it are in `settled`.
    private var firstOpenTicket: UInt64 = 1
    /// All tickets up to it are kept.
    private var storedTicket: UInt64 = 0
    private var nextIndex: UInt64
    /// Unrolls without a fate.
    package private(set) var pending = 0
    /// Unrolls with a fate whose blocks wait for the journal.
    package private(set) var heldCount = 0
    /// Acknowledged is what the journal has stored.
    let isJournaling: Bool
    /// What the journal is to be given.
    package var unwritten: [JournalEntry] = []

    /// Takes the past over, as if the learners before were this one.
    package init(isJournaling: Bool = false, after past: RunPast = RunPast()) {
        self.isJournaling = isJournaling
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
    }

    /// Ticket of the entry that comes next.
    package var endTicket: UInt64 { firstTicket + UInt64(entries.count) }

    /// Entries that the journal has not kept yet.
    package var unstoredCount: Int { Int(endTicket - 1 - storedTicket) }

    /// The books now; unrolls without a fate are pending.
    package var whole: LedgerBooks {
        var books = settled
        for place in 0..<entries.count where firstTicket + UInt64(place) >= firstOpenTicket {
            books.apply(entries[place].entry, entries[place].fate)
        }
        return books
    }

    /// Writes an entry. Without a journal it is for the caller to store at once.
    /// - Returns: its index and its ticket.
    package mutating func write(
        _ event: JournalEntry.Event, of actor: ActorIdentity, produced: UInt64, fate: Fate?, _ unroll: JournaledUnroll?
    ) -> (index: UInt64, ticket: UInt64) {
        let ticket = endTicket
        var entry = JournalEntry(index: nextIndex, actor: actor, produced: produced, event: event)
        nextIndex += 1
        entries.append(OpenEntry(entry: entry, fate: fate, isReplayed: false))
        if event.isOpen, fate == nil { pending += 1 }
        settleEntries()
        if isJournaling {
            entry.unroll = unroll
            unwritten.append(entry)
        }
        return (entry.index, ticket)
    }

    /// Gives an unroll its fate.
    /// - Returns: false for one that no actor had credit for.
    package mutating func setFate(_ ticket: UInt64, _ fate: Fate) -> Bool {
        precondition(ticket >= firstTicket && ticket < endTicket, "unroll \(ticket) is settled twice")
        let place = Int(ticket - firstTicket)
        precondition(!entries[place].isSettled, "unroll \(ticket) is settled twice")
        entries[place].fate = fate
        pending -= 1
        if ticket > storedTicket {
            entries[place].isHeld = true
            heldCount += 1
        }
        let isReplayed = entries[place].isReplayed
        settleEntries()
        return !isReplayed
    }

    /// Unrolls without a fate get this one, because nothing keeps them.
    /// - Returns: how many.
    package mutating func settleAll(_ fate: Fate) -> Int { settle(fate) { _ in true } }

    /// The trainer has read all of the journal that can be read: the past's unrolls that it never asked for are abandoned,
    /// else nothing behind them would ever be settled.
    /// - Returns: how many.
    package mutating func abandonUntaken() -> Int { settle(.abandoned) { $0.isReplayed && !$0.isTaken } }

    private mutating func settle(_ fate: Fate, where isMeant: (OpenEntry) -> Bool) -> Int {
        var count = 0
        for place in 0..<entries.count where !entries[place].isSettled && isMeant(entries[place]) {
            entries[place].fate = fate
            count += 1
        }
        pending -= count
        settleEntries()
        return count
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

    /// The next entry that is kept, as everything up to this index is; nil after the last.
    package mutating func storeNext(through index: UInt64) -> JournalEntry? {
        guard storedTicket + 1 < endTicket else { return nil }
        let place = Int(storedTicket + 1 - firstTicket)
        let stored = entries[place]
        guard stored.entry.index <= index else { return nil }
        storedTicket += 1
        if stored.entry.event.isOpen, stored.fate != nil, stored.isHeld { heldCount -= 1 }
        trimEntries()
        return stored.entry
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
}
