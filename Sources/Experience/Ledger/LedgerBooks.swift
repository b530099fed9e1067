/// The books of a run up to one of its journal's entries: what became of every unroll, actor by actor.
///
/// Entries are applied in the order of their indices. A checkpoint holds the books up to the last entry before the first
/// unroll that has no fate yet, so checkpoint and the journal's later entries together are the run's whole history.
package struct LedgerBooks: Codable, Hashable, Sendable {
    /// One start of an actor.
    package struct Account: Codable, Hashable, Sendable {
        package var actor: ActorIdentity
        /// The run begins behind this sequence.
        package var baseline: UInt64
        /// All unrolls up to here were taken over, or skipped.
        package var cursor: UInt64
        /// Those of them that were skipped.
        package var skipped: UInt64 = 0
        /// The newest complete unroll it told of.
        package var produced: UInt64
        /// Why it is not expected back; nil while it is.
        package var leaving: String?
        package var trained: UInt64 = 0
        package var tooStale: UInt64 = 0
        package var invalid: UInt64 = 0
        package var abandoned: UInt64 = 0
        package var pending: UInt64 = 0
        package var lostWithLearner: UInt64 = 0

        package init(actor: ActorIdentity, baseline: UInt64) {
            self.actor = actor
            self.baseline = baseline
            (cursor, produced) = (baseline, baseline)
        }

        /// Its part of the ledger. Sums wrap: a peer may claim anything, but must not stop us.
        package var ledger: Ledger {
            var ledger = Ledger()
            ledger.produced = produced &- baseline
            ledger.acknowledged = cursor &- baseline &- skipped
            ledger.dropped = skipped
            if leaving == nil { ledger.outbox = produced &- cursor } else { ledger.lostWithActor = produced &- cursor }
            ledger.trained = trained
            ledger.tooStale = tooStale
            ledger.invalid = invalid
            ledger.abandoned = abandoned
            ledger.pending = pending
            ledger.lostWithLearner = lostWithLearner
            return ledger
        }

        mutating func count(_ fate: Fate?) {
            switch fate {
            case .trained: trained &+= 1
            case .tooStale: tooStale &+= 1
            case .invalid: invalid &+= 1
            case .abandoned: abandoned &+= 1
            case nil: pending &+= 1
            }
        }
    }

    /// Index of the last entry that is in.
    package var position: UInt64 = 0
    /// The newest start of every actor, by its name.
    package private(set) var accounts: [String: Account] = [:]
    /// All earlier starts in one, and what stands outside of the equations.
    package var former = Ledger()

    package init() {}

    /// The whole ledger.
    package var ledger: Ledger { accounts.values.reduce(into: former) { $0.add($1.ledger) } }

    /// Takes an entry in.
    /// - Parameter fate: of an unroll; nil: it has none as yet.
    /// - Returns: false when an unroll is one that is in already.
    @discardableResult
    package mutating func apply(_ entry: JournalEntry, _ fate: Fate?) -> Bool {
        position = max(position, entry.index)
        let name = entry.actor.instance
        switch entry.event {
        case .joined(let baseline):
            if var account = accounts[name], account.actor.incarnation == entry.actor.incarnation,
                account.baseline == baseline
            {
                account.leaving = nil
                account.actor = entry.actor
                accounts[name] = account
            } else {
                open(entry.actor, baseline)
            }
        case .left(let reason): accounts[name]?.leaving = reason
        case .forgotten: return forget(entry)
        case .unroll, .invalid, .skipped, .lost: return advance(entry, fate)
        }
        accounts[name]?.note(entry.produced)
        return true
    }

    /// Takes over what an account's actor has told since.
    package mutating func note(_ instance: String, incarnation: UInt64, produced: UInt64, leaving: String?) {
        guard accounts[instance]?.actor.incarnation == incarnation else { return }
        accounts[instance]!.note(produced)
        accounts[instance]!.leaving = leaving
    }

    private mutating func advance(_ entry: JournalEntry, _ fate: Fate?) -> Bool {
        // Sequences begin at 1, whatever a damaged journal says.
        guard let through = entry.event.through, through > 0 else { return false }
        let name = entry.actor.instance
        // The entry of its joining was damaged.
        if accounts[name]?.actor.incarnation != entry.actor.incarnation { open(entry.actor, through - 1) }
        return accounts.values[accounts.index(forKey: name)!].advance(through, entry, fate)
    }

    private mutating func open(_ actor: ActorIdentity, _ baseline: UInt64) {
        fold(actor.instance)
        accounts[actor.instance] = Account(actor: actor, baseline: baseline)
    }

    private mutating func forget(_ entry: JournalEntry) -> Bool {
        guard accounts[entry.actor.instance]?.actor.incarnation == entry.actor.incarnation else { return false }
        accounts[entry.actor.instance]!.note(entry.produced)
        fold(entry.actor.instance)
        return true
    }

    private mutating func fold(_ instance: String) {
        guard var account = accounts.removeValue(forKey: instance) else { return }
        account.leaving = account.leaving ?? "a newer start joined"
        former.add(account.ledger)
    }
}

extension LedgerBooks.Account {
    /// Takes over what an entry says of the unrolls up to `through`, in place: it comes with every unroll.
    /// - Returns: false when they are in already.
    fileprivate mutating func advance(_ through: UInt64, _ entry: JournalEntry, _ fate: Fate?) -> Bool {
        note(entry.produced)
        guard through > cursor else { return false }
        switch entry.event {
        case .skipped: skipped &+= through - cursor
        case .lost: lostWithLearner &+= through - cursor
        default:
            // Entries between were acknowledged and are damaged.
            lostWithLearner &+= through - cursor - 1
            if case .invalid = entry.event { invalid &+= 1 } else { count(fate) }
        }
        cursor = through
        note(through)
        return true
    }

    fileprivate mutating func note(_ produced: UInt64) { self.produced = max(self.produced, produced, cursor) }
}
