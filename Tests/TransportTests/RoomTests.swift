import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// The run's books alone.
@Suite struct RunBooksTests {
    private let actor = ActorIdentity(ordinal: 0, instance: "a", incarnation: 1)

    private func write(_ books: inout RunBooks, _ sequence: UInt64) -> UInt64 {
        books.write(.unroll(sequence: sequence), of: actor, produced: sequence, fate: nil, nil).ticket
    }

    @Test("What is stored is acknowledged in order; what has a fate, and all before it, is settled")
    func order() throws {
        var books = RunBooks(isJournaling: true)
        _ = books.write(.joined(baseline: 0), of: actor, produced: 0, fate: nil, nil)
        let tickets = (1...3).map { write(&books, $0) }
        #expect(books.pending == 3 && books.unwritten.count == 4 && books.unstoredCount == 4)
        // The second has a fate before the first: nothing is settled, and its block is held until the journal has it.
        var isOwed = books.setFate(tickets[1], .trained)
        #expect(isOwed && books.heldCount == 1 && books.settled.ledger.trained == 0)
        isOwed = books.setFate(tickets[0], .tooStale)
        #expect(books.settled.ledger.trained == 1 && books.settled.ledger.tooStale == 1 && books.pending == 1)
        let index = try #require(books.unwritten.last).index
        var acknowledged: [UInt64] = []
        while let entry = books.storeNext(through: index - 1) { acknowledged.append(entry.event.through ?? 0) }
        #expect(acknowledged == [0, 1, 2] && books.heldCount == 0 && books.unstoredCount == 1)
        #expect(books.whole.ledger.pending == 1)
    }

    @Test("A start that follows owes no actor credit for what it finds, and abandons what nobody reads")
    func replay() throws {
        var first = RunBooks(isJournaling: true)
        _ = first.write(.joined(baseline: 0), of: actor, produced: 0, fate: nil, nil)
        for sequence in 1...3 { _ = write(&first, UInt64(sequence)) }
        // The journal has one record twice.
        let tail = first.unwritten + [try #require(first.unwritten.last)]
        var books = RunBooks(isJournaling: true, after: RunPast(tail: tail))
        #expect(books.pending == 3 && books.unstoredCount == 0)
        let found = books.ticket(ofReplayed: tail[1].index)
        let ticket = try #require(found)
        let isOwed = books.setFate(ticket, .trained)
        #expect(!isOwed)
        let again = books.ticket(ofReplayed: tail[1].index)
        #expect(again == nil)
        let abandoned = books.abandonUntaken()
        #expect(abandoned == 2 && books.pending == 0 && books.settled.ledger.abandoned == 2)
    }
}

/// The parameter shelf alone.
@Suite struct ParameterShelfTests {
    @Test("The last two are kept, and older ones as long as somebody fetches them, four at most")
    func keeping() {
        var shelf = ParameterShelf()
        for update in 1...8 as ClosedRange<UInt64> {
            shelf.put(makeSnapshot(update)) { Set((1...6).map { ParameterVersion(generation: 1, update: $0) }) }
        }
        func version(_ update: UInt64) -> ParameterVersion { ParameterVersion(generation: 1, update: update) }
        #expect(shelf.newest?.version == version(8) && shelf.latest(version(7)) != nil && shelf.latest(version(6)) == nil)
        #expect(shelf[version(6)] != nil && shelf[version(3)] != nil && shelf[version(2)] == nil)
        shelf.put(makeSnapshot(9)) { [] }
        #expect(shelf[version(6)] == nil && shelf[version(7)] == nil && shelf[version(8)] != nil)
    }

    @Test("A version is to be announced once, and not sooner than the pace allows")
    func announcement() {
        var shelf = ParameterShelf()
        #expect(shelf.nextAnnouncement(every: 1) == nil)
        let now = Deadline(nanoseconds: 5_000_000_000)
        shelf.put(makeSnapshot(1)) { [] }
        shelf.noteAnnouncement(at: now)
        #expect(shelf.nextAnnouncement(every: 1) == nil)
        shelf.put(makeSnapshot(2)) { [] }
        #expect(shelf.nextAnnouncement(every: 1) == now.advanced(seconds: 1))
    }
}

/// What is remembered of strangers, alone.
@Suite struct StrangersTests {
    private let now = Deadline(nanoseconds: 1)

    @Test("A few strays are answered, many end the connection, once")
    func strays() {
        var strangers = StarlingTransport.Strangers()
        let answered = (0..<2000).count { _ in strangers.noteStray(7, limit: 1000) }
        #expect(answered == 8 && strangers.cuts == [7])
    }

    @Test("Refusals are counted all, logged once, and summed up; too many end the connection")
    func refusals() {
        var strangers = StarlingTransport.Strangers()
        let refusal = Refusal(code: .full, reason: "no room", remedy: "end some")
        let notices = (0..<LearnerSessions.garbageLimit).compactMap { _ in
            strangers.noteRefusal(3, refusal, by: "a", at: now)
        }
        #expect(notices.count == 1 && strangers.refused.total == UInt64(LearnerSessions.garbageLimit) && strangers.cuts == [3])
        let sums = strangers.summaries(at: now.advanced(seconds: 3600))
        #expect(sums.count == 1 && sums[0].text.contains("there is no room"))
    }

    @Test("A crowd takes no more memory than its limit")
    func crowd() {
        var strangers = StarlingTransport.Strangers()
        for connection in 0...UInt64(StarlingTransport.Strangers.limit) { _ = strangers.noteGarbage(connection, "noise", at: now) }
        // All before were forgotten, the last is not.
        let isAnswered = strangers.noteStray(0, limit: 1000)
        #expect(isAnswered && strangers.cuts.isEmpty)
    }
}

/// The roster alone.
@Suite struct RosterTests {
    private func account(_ name: String, ordinal: UInt32) -> ActorAccount {
        ActorAccount(
            identity: ActorIdentity(ordinal: ordinal, instance: name, incarnation: 1), role: .act, baseline: 0, produced: 0,
            at: Deadline(nanoseconds: 1))
    }

    @Test("An actor gets the number that it had if nobody else has it, else the lowest that is free")
    func ordinals() {
        var roster = Roster()
        let first = (0..<3).map { _ in roster.takeOrdinal(nil) }
        #expect(first == [0, 1, 2])
        let wished = roster.takeOrdinal(7)
        let taken = roster.takeOrdinal(7)
        #expect(wished == 7 && taken == 3)
        roster.add(account("b", ordinal: 1))
        let gone = roster.forget("b")
        let next = roster.takeOrdinal(nil)
        #expect(gone != nil && roster["b"] == nil && next == 1)
        let absurd = roster.takeOrdinal(.max)
        #expect(absurd < 1 << 24)
    }

    @Test("Who leaves without an unroll is forgotten at once")
    func emptyHanded() {
        var roster = Roster()
        let visitor = account("v", ordinal: 0)
        roster.add(visitor)
        #expect(roster.noteClosing(of: visitor) == "v")
    }
}
