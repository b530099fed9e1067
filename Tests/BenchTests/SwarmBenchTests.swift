import Foundation
import Logging
import StarlingBench
import StarlingThreads
import StarlingTransport
import Synchronization
import Testing

@Suite struct SwarmBenchTests {
    private static let sessions = 20

    /// Over TCP, in the way of a measurement but for the process of its own.
    private static func report() throws -> SwarmReport {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: logger)
        var learner = try SwarmLearner(link, sessions: sessions) { _ in }
        let endpoint = link.endpoint
        let tally = Mutex<SwarmTally?>(nil)
        let began = Deadline.now
        let swarm = NamedThread("swarm") {
            guard
                var process = try? SwarmProcess(
                    SwarmProcess.Learner(endpoint: endpoint, key: nil), named: "swarm", sessions: sessions)
            else { return }
            let found = try? process.run()
            tally.withLock { $0 = found }
        }
        let isJoined = learner.admit(before: .after(seconds: 30))
        learner.idle(seconds: 0.05, swarm: [])
        let parameters = learner.serve(before: .after(seconds: 30))
        learner.train(seconds: 0.3, swarm: [])
        let findings = learner.finish()
        swarm.join()
        #expect(isJoined)
        return SwarmReport(
            findings, [try #require(tally.withLock { $0 })], curve: false, sessions: sessions, began: began, parameters: parameters)
    }

    @Test func allJoinAndAllAreServed() throws {
        let report = try Self.report()
        #expect(report.isGood && report.served == Self.sessions && report.lostConnections == 0 && report.fault == "")
        #expect(try #require(report.joinSeconds) > 0 && #require(report.serviceSeconds) > 0)
        #expect(report.joinLearnerSeconds > 0 && report.unrollsPerSecond > 0 && report.learnerMicrosecondsPerUnroll > 0)
        // An unroll is of 64 steps of 4 floats, at least.
        #expect(report.bytesInPerUnroll > 1024)
        #expect(report.threadMicrosecondsPerUnroll["session"] != nil)
        let data = try JSONEncoder.forReports().encode(report)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["sessions"] as? Int == Self.sessions && object["is_ledger_clean"] as? Bool == true)
        #expect(object["learner_microseconds_per_unroll"] is Double && object["bytes_per_session"] is Double)
        #expect(report.lines(cores: 2, processor: "a processor").joined().contains("20 of 20 had an unroll acknowledged"))
    }

    @Test func whoWasNeverServedIsTold() {
        var findings = SwarmLearner.Findings()
        (findings.unrollsBySession, findings.seconds, findings.learnerSeconds) = ([3, 0, 9], 2, 0.006)
        findings.residentBytes = (1000, 4000, 7000)
        findings.isLedgerClean = true
        let tally = SwarmTally(
            welcomedAt: [1_500_000_000, 2_000_000_000, 1_250_000_000], servedAt: [3_000_000_000, 0, 3_500_000_000],
            acknowledged: [3, 0, 9], lostConnections: 2, fault: "")
        let report = SwarmReport(
            findings, [tally], curve: true, sessions: 3, began: Deadline(nanoseconds: 1_000_000_000),
            parameters: Deadline(nanoseconds: 2_500_000_000))
        #expect(report.joinSeconds == 1 && report.serviceSeconds == nil && report.served == 2 && !report.isGood)
        #expect(report.unrollsPerSecond == 6 && report.learnerMicrosecondsPerUnroll == 500)
        #expect(report.unrollsPerSession?.minimum == 0 && report.unrollsPerSession?.median == 3 && report.unrollsPerSession?.maximum == 9)
        #expect(report.bytesPerSessionJoined == 1000 && report.bytesPerSession == 2000)
    }
}
