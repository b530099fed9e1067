import Glibc
import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Probes over TCP", .serialized)
struct DoctorTests {
    @Test("All steps of a good learner, and nothing there is counted or changed by it")
    func good() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let key = try ActorKey(path: learner.keys.actorFile("good"))
            let before = learner.link.overview
            let probe = try LearnerProbe(learner: learner.link.endpoint, key: key, build: "doctor")
            #expect(try probe.resolve() == ["127.0.0.1"])
            #expect(try probe.reach() < 4)
            try probe.authenticate()
            let (answer, seconds) = try probe.ask()
            #expect(answer.protocolVersion == WireLimits.protocolVersion && answer.build == "test" && answer.run == "run")
            #expect(answer.knownAs == "good" && answer.generation == 1 && answer.actingActors == 1 && seconds < 5)
            let clock = Double(time(nil))
            #expect(abs(Double(answer.clock) / 1e6 - clock) < 5)
            let newest = try #require(answer.newest)
            let fetched = try #require(try probe.fetch(newest))
            #expect(fetched.byteCount == Int(newest.byteCount))
            let after = learner.link.overview
            #expect(after.sessions == 1 && after.sessionsEver == before.sessionsEver && after.actorsEver == before.actorsEver)
            #expect(after.ledger.garbage == 0 && after.refused == before.refused)
            try learner.expectTraining()
            learner.finish()
        }
    }

    @Test("Parameters that are gone are told, not waited for")
    func gone() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let probe = try LearnerProbe(
                learner: learner.link.endpoint, key: try ActorKey(path: learner.keys.actorFile("good")), build: "doctor")
            _ = try probe.reach()
            try probe.authenticate()
            let newest = try #require(try probe.ask().answer.newest)
            try learner.expectTraining(40)
            #expect(try probe.fetch(newest) == nil)
            learner.finish()
        }
    }

    @Test("The first failure is named, with its remedy")
    func failures() async throws {
        try await onThread {
            let learner = try LockedLearner()
            let endpoint = learner.link.endpoint
            func failure(_ address: String, _ key: ActorKey?) throws -> LearnerProbe.Failure? {
                let probe = try LearnerProbe(learner: address, key: key, build: "doctor")
                do throws(LearnerProbe.Failure) {
                    _ = try probe.resolve()
                    _ = try probe.reach()
                    try probe.authenticate()
                    _ = try probe.ask()
                    return nil
                } catch {
                    return error
                }
            }
            let unknown = try failure("tcp://no-such-host.invalid:5555", nil)
            #expect(unknown?.finding.contains("no-such-host.invalid has no address") == true)
            let spare = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let nobody = spare.endpoint
            spare.finish(.finished, before: .after(seconds: 1))
            let refused = try failure(nobody, nil)
            #expect(refused?.finding.contains("nobody listens") == true && refused?.remedy.contains("--bind") == true)
            let keyless = try failure(endpoint, nil)
            // One try may see no more than that the handshake was broken off, and then names this first.
            let words = (keyless?.finding ?? "") + (keyless?.remedy ?? "")
            #expect(words.contains("wants a key") && words.contains("--key FILE"))
            let stranger = try learner.keys.makeActor("stranger")
            let notEnrolled = try failure(endpoint, stranger)
            #expect(notEnrolled?.finding.contains("doesn't let the key stranger") == true)
            #expect(notEnrolled?.finding.contains("not enrolled there") == true)
            let other = KeyDirectory(learner.folder + "/other")
            try other.make()
            let foreign = try failure(endpoint, try other.makeActor("good"))
            #expect(foreign?.finding.contains("another than") == true)
            try learner.expectTraining()
            learner.finish()
        }
    }
}
