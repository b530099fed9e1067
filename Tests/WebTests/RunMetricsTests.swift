import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingTransport
import StarlingWeb
import Testing

@Suite struct RunMetricsTests {
    private func watched(after before: RunBefore = RunBefore(), _ reports: LearnerReport...) -> RunWatch {
        let watch = RunWatch(facts)
        watch.watchJournal { 800 }
        watch.begin(after: before)
        for report in reports { watch.record(report) }
        return watch
    }

    @Test func theLedgerAddsUpToWhatWasAcknowledged() {
        let all = samples(watched(fullReport()).metrics(.text))
        func sum(_ all: [String: Double]) -> Double {
            ["trained", "too_stale", "invalid", "abandoned", "lost_with_learner"].reduce(all["starling_unrolls_pending"]!) {
                $0 + all["starling_unrolls_total{fate=\"\($1)\"}"]!
            }
        }
        #expect(sum(all) == all["starling_unrolls_acknowledged_total"] && all["starling_unrolls_acknowledged_total"] == 970)
        #expect(all["starling_ledger_imbalance_unrolls"] == 0)
        // Of a start that went on with 5 pending ones and counted the fates of 100.
        var before = RunBefore(frames: 100_000, updates: 300, episodes: 1200)
        (before.ledger.acknowledged, before.ledger.trained, before.ledger.pending) = (105, 100, 5)
        let later = samples(watched(after: before, fullReport()).metrics(.text))
        #expect(sum(later) == later["starling_unrolls_acknowledged_total"] && later["starling_unrolls_total{fate=\"trained\"}"] == 819)
        #expect(
            later["starling_frames_total"] == 52_320 && later["starling_run_frames"] == 152_320 && later["starling_updates_total"] == 20)
        var unbalanced = fullReport()
        unbalanced.ledger.trained -= 3
        #expect(samples(watched(unbalanced).metrics(.text))["starling_ledger_imbalance_unrolls"] == 3)
    }

    @Test func theLagIsAHistogram() {
        let all = samples(watched(fullReport()).metrics(.text))
        func bucket(_ bound: String) -> Double? { all["starling_policy_lag_updates_bucket{le=\"\(bound)\"}"] }
        #expect(bucket("0.0") == 3 && bucket("1.0") == 8 && bucket("2.0") == 8 && bucket("4.0") == 15 && bucket("16.0") == 17)
        #expect(bucket("32.0") == 17 && bucket("+Inf") == 18)
        #expect(all["starling_policy_lag_updates_count"] == 18 && all["starling_policy_lag_updates_sum"] == 5 + 21 + 18 + 100)
    }

    @Test func sharesOfTimeBecomeSeconds() {
        var second = fullReport()
        second.wallSeconds = 72.5
        second.metrics[.timeWaiting] = 0.5
        let all = samples(watched(fullReport(), second).metrics(.text))
        #expect(all["starling_learner_waiting_seconds_total"] == 62.5 / 4 + 5)
        #expect(all["starling_learner_seconds_total{activity=\"waiting\"}"] == 62.5 / 4 + 5)
    }

    @Test func whatTheRunDeclaresHasANameThatPrometheusTakes() {
        let text = String(decoding: watched(fullReport()).metrics(.text), as: UTF8.self)
        let all = samples(Array(text.utf8))
        #expect(all["starling_kl_nats"] == 3.5 && all["starling_active_units"] == 7 && all["starling_info_a_b"] == 0.5)
        #expect(text.contains("# HELP starling_info_a_b \"One\"\\nof \\\\ theirs.\n"))
        #expect(text.contains("run=\"runs/a \\\"b\\\"\\\\c\""))
        // What has no value is left out, and the return is there from the first on.
        #expect(!text.contains("NaN") && all["starling_psnr_decibels"] == nil && all["starling_return_mean"] == 287.25)
        #expect(all["starling_journal_bytes"] == 800 && all["starling_journal_limit_bytes"] == 1000)
        #expect(all["starling_run_frame_limit"] == 500_000 && all["starling_return_goal"] == 475)
        #expect(all["starling_actors{state=\"working\"}"] == 8 && all["starling_actors{state=\"idle\"}"] == 2)
    }

    @Test func openMetricsIsWhatAnAcceptHeaderGets() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        #expect(Exposition.Format(accept: prometheus) == .openMetrics)
        for other in [
            nil, "*/*", "text/html, */*;q=0.8", "text/plain", "application/openmetrics-text; version=0.0.1",
            "application/openmetrics-text;version=1.0.0;q=0.1, text/plain;q=0.5", "application/openmetrics-text;version=1.0.0;q=0", ";;,q=",
        ] { #expect(Exposition.Format(accept: other) == .text, "\(other ?? "nil")") }
        let text = String(decoding: watched(fullReport()).metrics(.openMetrics), as: UTF8.self)
        #expect(
            text.hasSuffix("# EOF\n") && text.contains("# TYPE starling_frames counter\n")
                && text.contains("\nstarling_frames_total 152320.0\n"))
        #expect(text.contains("# TYPE starling_run info\n") && text.contains("# UNIT starling_kl_nats nats\n"))
        let plain = String(decoding: watched(fullReport()).metrics(.text), as: UTF8.self)
        #expect(!plain.contains("# EOF") && !plain.contains("# UNIT") && plain.contains("# TYPE starling_frames_total counter\n"))
    }

    /// Trainer's and actors' shares of waiting, whether the lag limits, and the actors of ten that are wanted.
    @Test(arguments: [
        (0.1, 0.0, false, 10), (0.0, 0.0, false, 9), (0.0, 0.5, false, 5), (0.55, 0.0, false, 20), (0.99, 0.0, false, 20),
        (0.4, 0.1, false, 14), (0.4, 0.1, true, 10), (0.0, 0.99, false, 1), (0.5, 0.5, false, 9),
    ])
    func actorsAreWantedWhileTheLearnerWaitsAndTheyDoNot(_ trainer: Double, _ actors: Double, _ isAtBound: Bool, _ wanted: Int) {
        var report = fullReport()
        (report.pressure.trainerWaits, report.pressure.actorsWait, report.pressure.isAtBound) = (trainer, actors, isAtBound)
        #expect(report.actorsWanted == wanted)
        report.actorsAlive = 0
        #expect(report.actorsWanted == 1)
        (report.actorsAlive, report.update) = (3, 0)
        #expect(report.actorsWanted == 3)
        (report.actorsAlive, report.isTraining) = (0, false)
        #expect(report.actorsWanted == 0)
    }
}
