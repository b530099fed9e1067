import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Experience at the learner")
struct ExperienceTests {
    func joined(_ offer: LearnerOffer) throws -> (Desk, UInt64) {
        let desk = Desk(offer)
        desk.hello(1, "a")
        return (desk, try #require(desk.welcome(1)).status.session)
    }

    @Test("A repeated unroll is a duplicate, outside of the equations")
    func duplicates() throws {
        let (desk, session) = try joined(makeOffer())
        desk.experience(1, session, 1)
        #expect(desk.experience(1, session, 1) == .ignore)
        let ledger = desk.learner.ledger
        #expect(ledger.duplicates == 1 && ledger.acknowledged == 1 && ledger.isBalanced)
        #expect(desk.status(1)?.acknowledgedThrough == 1)
        #expect(desk.take().count == 1)
    }

    @Test("A gap asks once for what is missing")
    func gap() throws {
        let (desk, session) = try joined(makeOffer())
        desk.experience(1, session, 1)
        _ = desk.status(1)
        #expect(desk.experience(1, session, 3) == .ignore)
        #expect(desk.status(1)?.resendFrom == 2)
        desk.experience(1, session, 4)
        #expect((desk.status(1)?.resendFrom ?? 0) == 0)
        // A PING proves that nothing is under way: asked again.
        desk.learner.receive(.ping(session: session, ActorCounts(produced: 4, sentThrough: 4)), from: 1, at: desk.now)
        #expect(desk.status(1)?.resendFrom == 2)
        desk.experience(1, session, 2)
        desk.experience(1, session, 3)
        #expect(desk.status(1)?.acknowledgedThrough == 3)
    }

    @Test("An unroll over credit is left, not queued")
    func overCredit() throws {
        let (desk, session) = try joined(makeOffer(unrollsPerBatch: 1, queuedBatches: 1))
        #expect(desk.experience(1, session, 1) == .read)
        #expect(desk.experience(1, session, 2) == .ignore)
        #expect(desk.learner.ledger.overCredit == 1 && desk.learner.queued == 1)
        desk.learner.settle(desk.take(), .trained)
        #expect(desk.experience(1, session, 2) == .read)
    }

    @Test("What breaks a rule is acknowledged as invalid, logged once")
    func invalid() throws {
        let (desk, session) = try joined(makeOffer(environmentsPerActor: 4, queuedBatches: 4))
        let version = desk.snapshot.version
        let future = ParameterVersion(generation: 1, update: 7)
        let otherLearner = ParameterVersion(generation: 2, update: 1)
        let tag = desk.snapshot.tag
        desk.experience(1, session, 1, version: future, tag: tag)
        desk.experience(1, session, 2, version: version, digest: 1, tag: tag)
        desk.experience(1, session, 3, version: otherLearner, tag: 0)
        desk.experience(1, session, 4, byteCount: 64)
        desk.experience(1, session, 5, firstEnvironment: 1)
        desk.experience(1, session, 6, firstEnvironment: 4)
        #expect(desk.learner.ledger.invalid == 6 && desk.learner.ledger.isBalanced)
        #expect(desk.take().isEmpty)
        #expect(desk.status(1)?.acknowledgedThrough == 6)
        #expect(desk.learner.notices.filter { $0.text.contains("invalid unroll") }.count == 1)
        #expect(desk.learner.creditImbalance == 0)
    }

    @Test("Unrolls of a dead generation are trainable")
    func deadGeneration() throws {
        let (desk, session) = try joined(makeOffer(generation: 3))
        let dead = ParameterVersion(generation: 2, update: 900)
        #expect(desk.experience(1, session, 1, version: dead, digest: 5) == .read)
        // If a learner of the run has made them: neither another digest nor a generation that never was has that tag.
        let tag = testSeal.tag(of: dead, 5)
        let invented: [(ParameterVersion, UInt64)] = [(dead, 6), (ParameterVersion(generation: 0, update: 900), 5)]
        for (index, (version, digest)) in invented.enumerated() {
            let sequence = UInt64(2 + index)
            let admission = desk.experience(1, session, sequence, version: version, digest: digest, tag: tag)
            guard case .invalid = admission else { throw Unexpected("\(admission)") }
        }
    }

    @Test("A tag is of the run's secret, and of generation, update and digest")
    func seal() {
        let version = ParameterVersion(generation: 2, update: 900)
        let tag = testSeal.tag(of: version, 5)
        #expect(tag == testSeal.tag(of: version, 5))
        #expect(tag != testSeal.tag(of: ParameterVersion(generation: 3, update: 900), 5))
        #expect(tag != testSeal.tag(of: ParameterVersion(generation: 2, update: 901), 5))
        #expect(tag != testSeal.tag(of: version, 6) && tag != VersionSeal.random().tag(of: version, 5))
        // SipHash-2-4 of 00 … 17 under the key 00 … 0f: the vector of 24 bytes of its authors.
        let known = VersionSeal(secret: Array(0..<16))
        let counting = ParameterVersion(generation: 0x0302_0100, update: 0x0F0E_0D0C_0B0A_0908)
        #expect(known.tag(of: counting, 0x1716_1514_1312_1110) != 0)
    }

    @Test("Skipped unrolls are dropped, and use their credit up")
    func skip() throws {
        let (desk, session) = try joined(makeOffer())
        desk.learner.receive(
            .skip(Skip(session: session, through: 3, counts: ActorCounts(produced: 4))), from: 1, at: desk.now)
        let ledger = desk.learner.ledger
        #expect(ledger.produced == 4 && ledger.dropped == 3 && ledger.outbox == 1 && ledger.isBalanced)
        #expect(desk.learner.creditImbalance == 0)
        desk.experience(1, session, 4)
        #expect(desk.status(1)?.acknowledgedThrough == 4)
    }

    @Test("Skipped and invalid unrolls without end are garbage, and one valid unroll earns more of them")
    func blocklessEntries() throws {
        let (desk, session) = try joined(makeOffer())
        func skip(through sequence: UInt64) {
            let skip = Skip(session: session, through: sequence, counts: ActorCounts(produced: sequence))
            desk.learner.receive(.skip(skip), from: 1, at: desk.now)
        }
        let limit = UInt64(LearnerSessions.blocklessLimit)
        for sequence in 1..<limit { skip(through: sequence) }
        desk.experience(1, session, limit, byteCount: 64)
        #expect(desk.learner.ledger.dropped == limit - 1 && desk.learner.ledger.invalid == 1 && desk.learner.ledger.garbage == 0)
        skip(through: limit + 1)
        desk.experience(1, session, limit + 1, byteCount: 64)
        #expect(desk.learner.ledger.dropped == limit - 1 && desk.learner.ledger.invalid == 1 && desk.learner.ledger.garbage == 2)
        #expect(desk.experience(1, session, limit + 1) == .read)
        skip(through: limit + 2)
        #expect(desk.learner.ledger.dropped == limit && desk.learner.ledger.garbage == 2 && desk.learner.ledger.isBalanced)
        for sequence in limit + 3..<2 * limit + 200 { skip(through: sequence) }
        #expect(desk.refusal(1)?.code == .garbage && desk.learner.cuts == [1])
        #expect(desk.learner.ledger.isBalanced && desk.learner.creditImbalance == 0)
    }

    @Test("Settling twice is a fault of our own")
    func settledTwice() async throws {
        await #expect(processExitsWith: .failure) {
            let desk = Desk(try makeOffer())
            desk.hello(1, "a")
            let session = desk.welcome(1)!.status.session
            desk.experience(1, session, 1)
            let unroll = desk.take()[0]
            desk.learner.settle(unroll, .trained)
            desk.learner.settle(unroll, .trained)
        }
    }

    @Test("A learner without a record says what its predecessor lost")
    func lostWithLearner() throws {
        let offer = try makeOffer(generation: 2)
        let desk = Desk(offer)
        // It joined this run at 2, produced 10, and 7 were acknowledged by the learner before.
        desk.hello(1, "a", run: offer.runIdentity, baseline: 2, first: 8, produced: 10)
        let ledger = desk.learner.ledger
        #expect(ledger.produced == 8 && ledger.lostWithLearner == 5 && ledger.outbox == 3 && ledger.isBalanced)
        #expect(desk.welcome(1)?.status.acknowledgedThrough == 7)
        // Unrolls of another run don't count here.
        desk.hello(2, "b", run: 1234, baseline: 0, first: 8, produced: 10)
        #expect(desk.welcome(2)?.status.acknowledgedThrough == 10)
        #expect(desk.learner.ledger.produced == 8)
    }
}
