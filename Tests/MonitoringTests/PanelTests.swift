import Foundation
import StarlingAlgorithms
import StarlingLearning
import StarlingMetrics
import StarlingExperience
import StarlingMonitoring
import StarlingTransport
import Testing

@Suite struct PanelTests {
    let panel = Panel(title: "cartpole · seed 1 · runs/a")

    func text(_ report: LearnerReport, history: ReturnHistory = .rising, width: Int = 80, height: Int = 24) -> [String] {
        panel.lines(history: history, report: report, style: .init(width: width, height: height))
            .map { $0.rendered(colored: false) }
    }

    @Test func panelShowsWhatTheUserAskedFor() {
        #expect(
            text(fullReport(), width: 79) == [
                " cartpole · seed 1 · runs/a                                               1:02",
                "",
                " return 287.3 · goal 475 · evaluated 494.0 in 3 episodes",
                "   475 ▏┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄",
            ] + text(fullReport(), width: 79)[4...])
        let all = text(fullReport()).joined(separator: "\n")
        for part in [
            "frames      152,320", "104,233 /s", "time left   1:02:03", "VAE loss    2.60", "3.50 nat", "7 active",
            "4 alive", "1, max 5", "14 unrolls", "30 % of 500k",
        ] {
            #expect(all.contains(part), "\(part)")
        }
    }

    @Test(arguments: [1, 5, 10, 20, 39, 40, 51, 52, 60, 78, 80, 100, 101, 300])
    func everyTerminalIsBigEnough(width: Int) {
        for report in [LearnerReport(), .waiting, fullReport(), .extreme] {
            for height in [1, 2, 5, 12, 15, 16, 24, 100] {
                for history in [ReturnHistory(), .rising] {
                    let lines = text(report, history: history, width: width, height: height)
                    #expect((1...height).contains(lines.count))
                    #expect(lines.allSatisfy { $0.count <= min(width, 100) })
                }
            }
        }
    }

    @Test func beforeTheFirstUnrollItWaits() {
        let all = text(.waiting, history: ReturnHistory()).joined(separator: "\n")
        #expect(all.contains("waiting for experience") && all.contains("VAE loss    —") && all.contains("no limit"))
    }

    /// 48 of 64 actors wait.
    private func lagLimit(_ pacing: Pacing = .adaptive(policyLag: 2)) throws -> LagLimit {
        var pressure = CreditPressure()
        (pressure.window, pressure.bound, pressure.isAtBound) = (16, 16, true)
        (pressure.trainerWaits, pressure.actorsWait) = (0.9, 0.75)
        let model = ModelSpec(
            encoder: .dense([8]), decoder: .dense([8]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: 1.0), representation: .vae, observationScale: [])
        let offer = try LearnerOffer(
            run: "run", runSeed: 1, generation: 1,
            environment: EnvironmentSpec(name: "line", observation: ObservationSpec(shape: [3]), action: .discrete(2)), model: model,
            acting: ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 1), environmentsPerActor: 1, unrollsPerBatch: 8,
            pacing: pacing, byteBudget: 1 << 20)
        return try #require(LagLimit(pressure, offer, actors: 64, threads: 64, waitingActors: 48))
    }

    @Test func theLimitTellsItsRemedy() throws {
        let limit = try lagLimit()
        #expect(limit.wantedColumns == 32 && limit.wantedPolicyLag == 8)
        #expect(limit.sentence.contains("64 environments are idle for 75 %") && limit.sentence.contains("48 of 64 actors"))
        #expect(limit.sentence.contains("batch.columns 32 (now 8)"))
    }

    @Test func inLockstepTheWayIsTold() throws {
        let limit = try lagLimit(.lockstep)
        #expect(limit.sentence.contains("lockstep") && limit.sentence.contains("acting.unroll_length"))
        #expect(!limit.sentence.contains("max_policy_lag") && !limit.brief.contains("max_policy_lag"))
    }

    @Test func alarmsShow() throws {
        func notices(_ change: (inout LearnerReport) -> Void) -> [String] {
            var report = fullReport()
            (report.actorsIdle, report.idleNames) = (0, "")
            change(&report)
            return text(report).filter { $0.hasPrefix(" ▲") }
        }
        #expect(notices { _ in }.isEmpty)
        #expect(
            notices { $0.metrics[.maximumLogRatioAtLagZero] = 1.1e-3 } == [
                " ▲ acting and training disagree: |log ratio| 0.00110 at lag 0"
            ])
        let limit = try lagLimit()
        #expect(notices { $0.lagLimit = limit } == [" ▲ " + limit.brief])
        #expect(
            notices { $0.flowLimit = .queue(batches: 1, pressure: $0.pressure) } == [
                " ▲ actors wait 63 %, trainer 0 %; see batch.max_queued_batches"
            ])
        var report = fullReport()
        (report.actorsIdle, report.lagLimit) = (0, limit)
        #expect(text(report).contains { $0.contains("4 alive, 48") })
        #expect(notices { $0.actorsAlive = 0 } == [" ▲ no actor is connected"])
        #expect(notices { ($0.actorsIdle, $0.idleNames) = (1, "a#7") } == [" ▲ holding credit and sending nothing: a#7"])
    }

    @Test func coloursAreRolesOnly() {
        let lines = panel.lines(history: .rising, report: fullReport(), style: .init(width: 80))
        let escape = "\u{1B}["
        #expect(lines.allSatisfy { !$0.rendered(colored: false).contains(escape) })
        let colored = lines.map { $0.rendered(colored: true) }.joined()
        #expect(colored.contains(escape + "36m"))
        #expect(colored.components(separatedBy: escape).count % 2 == 1, "every colour is ended")
    }

    @Test func plainLettersAreEnough() {
        let lines = panel.lines(history: .rising, report: fullReport(), style: .init(width: 80, unicode: false))
        #expect(lines.allSatisfy { $0.rendered(colored: false, unicode: false).allSatisfy(\.isASCII) })
    }

    @Test func plainLinesAreAligned() {
        let lines = [.waiting, fullReport()].map(Panel.plainLine)
        #expect(
            lines[1] == "   1:02  return   287.3  frames     152,320    104,233/s  lag 1/2/5    VAE   2.60"
                + "  KL   3.50  NLL   6.15  D right  0.635  |J'-J| 0.0385  prediction  0.620  actors  4  left 1:02:03")
        for word in ["frames", "lag", "VAE", "KL", "actors"] {
            #expect(Set(lines.map { $0.components(separatedBy: word)[0].count }).count == 1, "\(word)")
        }
    }
}

extension ReturnHistory {
    static var rising: ReturnHistory {
        var history = ReturnHistory()
        for value in stride(from: 10.0, through: 287, by: 10) { history.append(value) }
        return history
    }
}

extension LearnerReport {
    /// Before the first update.
    static var waiting: LearnerReport {
        var report = LearnerReport()
        report.metrics = MetricValues(of: allMetrics)
        return report
    }

    /// Numbers at the ends of their types.
    static var extreme: LearnerReport {
        var report = fullReport()
        (report.frames, report.frameLimit, report.framesPerSecond) = (.max, 1, 1e12)
        (report.meanReturn, report.goal) = (-1e300, .infinity)
        report.metrics[.reconstructionLoss] = .nan
        report.metrics[.klDivergence] = -.infinity
        report.metrics[.valueLoss] = 1e-300
        (report.wallSeconds, report.secondsLeft) = (1e18, .infinity)
        report.policyLag.maximum = 1e18
        return report
    }
}
