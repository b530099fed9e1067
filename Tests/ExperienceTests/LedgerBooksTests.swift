import StarlingExperience
import Testing

@Suite struct LedgerBooksTests {
    private func entry(
        _ index: UInt64, _ event: JournalEntry.Event, incarnation: UInt64 = 1, produced: UInt64 = 0
    ) -> JournalEntry {
        JournalEntry(
            index: index, actor: ActorIdentity(ordinal: 0, instance: "a", incarnation: incarnation), produced: produced,
            event: event)
    }

    @Test func everyUnrollIsCountedOnce() {
        var books = LedgerBooks()
        books.apply(entry(1, .joined(baseline: 0)), nil)
        books.apply(entry(2, .unroll(sequence: 1), produced: 4), .trained)
        books.apply(entry(3, .invalid(sequence: 2)), nil)
        books.apply(entry(4, .unroll(sequence: 3), produced: 7), nil)
        let isNew = books.apply(entry(5, .unroll(sequence: 3)), .trained)
        #expect(!isNew)
        books.apply(entry(6, .skipped(through: 5)), nil)
        let ledger = books.ledger
        #expect(ledger.isBalanced && ledger.produced == 7 && ledger.acknowledged == 3 && ledger.dropped == 2)
        #expect(ledger.outbox == 2 && ledger.trained == 1 && ledger.invalid == 1 && ledger.pending == 1)
        #expect(books.position == 6)
    }

    @Test func whatIsMissingBetweenEntriesIsLostWithTheLearner() {
        var books = LedgerBooks()
        books.apply(entry(1, .joined(baseline: 10)), nil)
        books.apply(entry(5, .unroll(sequence: 14)), .trained)
        books.apply(entry(6, .lost(through: 16)), nil)
        #expect(books.ledger.lostWithLearner == 5 && books.ledger.trained == 1 && books.ledger.isBalanced)
        // Nothing is left of its joining either.
        var bare = LedgerBooks()
        bare.apply(entry(9, .unroll(sequence: 7)), .trained)
        #expect(bare.ledger.acknowledged == 1 && bare.ledger.isBalanced)
    }

    /// A damaged journal, or a peer, may say anything.
    @Test func noNumberStopsTheBooks() {
        let extremes: [UInt64] = [0, 1, 1 << 63, .max]
        for baseline in extremes {
            for through in extremes {
                for event in [
                    JournalEntry.Event.unroll(sequence: through), .invalid(sequence: through), .skipped(through: through),
                    .lost(through: through),
                ] {
                    for produced in extremes {
                        var books = LedgerBooks()
                        books.apply(entry(1, event, produced: produced), .trained)
                        for other in extremes {
                            books.apply(entry(2, .joined(baseline: baseline), produced: other), nil)
                            books.apply(entry(3, event, produced: produced), nil)
                            books.apply(entry(4, .skipped(through: other), produced: produced), nil)
                        }
                        books.apply(entry(5, .forgotten, produced: produced), nil)
                        #expect(books.former == books.ledger)
                    }
                }
            }
        }
    }

    @Test func booksOfUnrollsThatBeganAtNoneHaveNoAccount() {
        var books = LedgerBooks()
        let isNew = books.apply(entry(1, .unroll(sequence: 0)), .trained)
        #expect(!isNew && books.accounts.isEmpty && books.fault == nil)
    }

    @Test func aNewerStartClosesTheOlderOne() {
        var books = LedgerBooks()
        books.apply(entry(1, .joined(baseline: 0)), nil)
        books.apply(entry(2, .unroll(sequence: 1), produced: 3), .tooStale)
        books.apply(entry(3, .joined(baseline: 0), incarnation: 2), nil)
        books.apply(entry(4, .unroll(sequence: 1), incarnation: 2), .trained)
        #expect(books.former.lostWithActor == 2 && books.former.tooStale == 1)
        #expect(books.ledger.isBalanced && books.ledger.produced == 4)
        books.apply(entry(5, .left(reason: "said goodbye"), incarnation: 2, produced: 2), nil)
        #expect(books.ledger.lostWithActor == 3 && books.accounts["a"]?.leaving == "said goodbye")
        books.apply(entry(6, .forgotten, incarnation: 2, produced: 2), nil)
        #expect(books.accounts.isEmpty && books.ledger.isBalanced && books.ledger.produced == 5)
    }
}
