import StarlingLearning
import StarlingMonitoring
import StarlingThreads
import Testing

@Suite struct MonitorsTests {
    /// Notes updates, or stands still for ever.
    struct Probe: LearnerMonitor {
        let told = Told()
        var gate: Mailbox<Bool>?

        func record(_ report: LearnerReport) {
            if let gate { _ = gate.take(before: .after(seconds: 10)) }
            told.append("\(report.update)")
        }
        func finish() { told.append("end") }
    }

    @Test func everyMonitorGetsEveryReportInOrderAndTheEnd() {
        let probes = [Probe(), Probe()]
        let monitors = Monitors(probes)
        for update in 0..<100 as Range<UInt64> {
            var report = LearnerReport()
            report.update = update
            #expect(monitors.send(report))
        }
        #expect(monitors.finish(before: .after(seconds: 10)))
        for probe in probes { #expect(probe.told.lines == (0..<100).map { "\($0)" } + ["end"]) }
    }

    @Test func stuckMonitorHoldsUpNobody() {
        let gate = Mailbox<Bool>(capacity: 1)
        let monitors = Monitors([Probe(gate: gate)])
        var dropped = 0
        for _ in 0..<1000 where !monitors.send(LearnerReport()) { dropped += 1 }
        #expect(dropped > 0)
        #expect(!monitors.finish(before: .after(seconds: 0.05)))
        gate.close()
    }
}
