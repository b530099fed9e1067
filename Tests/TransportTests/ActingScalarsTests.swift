import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Acting rules between learner and actor")
struct ActingScalarsTests {
    private let scalars = ActingScalars(epsilon: 0.25)

    private func offer(_ rule: ActingRule) throws -> LearnerOffer {
        var offer = try makeOffer()
        offer.acting.rule = rule
        return offer
    }

    @Test("The rule comes with the assignment, its numbers with each version, and both with the unroll")
    func roundTrip() throws {
        let desk = Desk(try offer(.epsilon), publishes: false)
        let snapshot = ParameterSnapshot(
            version: ParameterVersion(generation: 1, update: 1), bytes: Array(repeating: 3, count: 100), scalars: scalars)
        desk.learner.publish(snapshot)
        desk.hello(1, "a")
        let welcome = try #require(desk.welcome(1))
        #expect(welcome.assignment.acting.rule == .epsilon && welcome.schema == desk.offer.layout.schema)
        let announced = try #require(welcome.status.newest)
        #expect(announced.scalars == scalars)
        // What an actor makes of the parameters is what was announced.
        var actor = ActorSession(offer: makeActorOffer())
        actor.connected(at: desk.now)
        actor.receive(.welcome(welcome), nil, at: desk.now)
        guard case .assigned? = actor.nextTurn(wanting: 2, at: desk.now) else { throw Unexpected("no assignment") }
        _ = actor.nextTurn(wanting: 2, at: desk.now)
        snapshot.bytes.withUnsafeBytes {
            actor.receive(
                .weights(WeightsHeader(session: welcome.status.session, of: announced, offset: 0, count: 100)), $0, at: desk.now)
        }
        guard case .rollout(_, let parameters?)? = actor.nextTurn(wanting: 2, at: desk.now) else { throw Unexpected("no rollout") }
        #expect(Announcement(parameters) == announced && parameters.scalars == scalars)
    }

    @Test("Nobody acts by other numbers than were announced with the parameters")
    func invented() throws {
        let desk = Desk(try offer(.epsilon))
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        let version = desk.snapshot.version
        let tag = testSeal.tag(of: version, desk.snapshot.digest, scalars)
        #expect(tag != testSeal.tag(of: version, desk.snapshot.digest))
        func admission(_ sequence: UInt64, _ told: ActingScalars) -> LearnerSessions.Admission {
            var unroll = makeHeader(desk.snapshot)
            (unroll.sequence, unroll.tag, unroll.scalars) = (sequence, tag, told)
            let header = ExperienceHeader(
                session: session, counts: ActorCounts(produced: sequence, sentThrough: sequence), unroll: unroll,
                byteCount: UInt32(desk.offer.layout.byteCount), checksum: 0)
            return desk.learner.admit(header, from: 1, at: desk.now)
        }
        #expect(admission(1, scalars) == .read)
        for told in [ActingScalars(), ActingScalars(epsilon: 0.26), ActingScalars(epsilon: 0.25, temperature: 2)] {
            guard case .invalid(let fault) = admission(1, told) else { throw Unexpected("\(told) passed") }
            #expect(fault.contains("scalars"))
        }
    }

    /// Of the reports that have come.
    private func rules(_ desk: Desk) -> [ActingRule] {
        var rules: [ActingRule] = []
        while let event = desk.learner.takeEvent() { if case .evaluation(let report) = event { rules.append(report.rule) } }
        return rules
    }

    @Test("An evaluation that was played by another rule is another actor's to play")
    func otherRule() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        desk.hello(2, "b")
        let sessions = [try #require(desk.welcome(1)).status.session, try #require(desk.welcome(2)).status.session]
        desk.learner.evaluate(
            EvaluationRequest(identifier: 1, version: desk.snapshot.version, episodes: 2, seed: 1, rule: .sample), desk.snapshot)
        func report(_ connection: Connection, _ rule: ActingRule) {
            let report = EvaluationReport(identifier: 1, version: desk.snapshot.version, returns: [1, 2], rule: rule)
            desk.learner.receive(.evaluation(session: sessions[Int(connection) - 1], report), from: connection, at: desk.now)
        }
        // The first has never heard of rules.
        report(1, .greedy)
        #expect(rules(desk).isEmpty)
        #expect(desk.learner.notices.contains { $0.text.contains("played by the rule greedy, not sample") })
        guard case .evaluate(_, let request, _)? = desk.said(to: 2).last(where: { if case .evaluate = $0 { true } else { false } }) else {
            throw Unexpected("nobody else was asked")
        }
        #expect(request.rule == .sample)
        report(2, .sample)
        #expect(rules(desk) == [.sample])
        #expect(desk.learner.ledger.garbage == 0)
    }

    @Test("A learner doesn't offer a rule that can't be followed")
    func badOffer() throws {
        let arm = EnvironmentSpec(name: "arm", observation: ObservationSpec(shape: [3]), action: .continuous(low: [-1], high: [1]))
        #expect(throws: TransportError.self) {
            try LearnerOffer(
                run: "run", runSeed: 1, generation: 1, environment: arm, model: testModel,
                acting: ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2, rule: .boltzmann),
                environmentsPerActor: 4, unrollsPerBatch: 4, pacing: .fixed(batches: 2), byteBudget: 1 << 20)
        }
    }
}
