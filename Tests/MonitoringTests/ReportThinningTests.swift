import Foundation
import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingStorage
import StarlingTraining
import Testing

/// Files of runs of days stay small, and leave nothing out.
@Suite struct ReportThinningTests {
    /// Rows of a run that reported four times a second for so long; `change` makes each report.
    private func rows(
        seconds: Int, rowSeconds: Double, _ change: (inout LearnerReport, _ number: Int) -> Void = { _, _ in }
    ) throws -> (rows: [[String: Any]], byteCount: Int) {
        try withTemporaryDirectory { root in
            let file = try MetricsFile(RunPaths(root), allMetrics, rowSeconds: rowSeconds) { Issue.record("\($0)") }
            var report = fullReport()
            for number in 1...4 * seconds {
                (report.wallSeconds, report.interval) = (0.25 * Double(number), 0.25)
                report.frames = 100 * UInt64(number)
                change(&report, number)
                file.record(report)
            }
            file.finish()
            let text = try String(contentsOfFile: RunPaths(root).metrics, encoding: .utf8)
            return (try text.split(separator: "\n").map { try object(String($0)) }, text.utf8.count)
        }
    }

    /// What the keys' page says of a day, with the widest rows that there are.
    @Test func aDayIsSomeTensOfMegabytes() throws {
        let (rows, byteCount) = try rows(seconds: 86_400, rowSeconds: 10)
        #expect((10_000..<14_000).contains(rows.count) && byteCount < 60 << 20, "\(rows.count) rows of \(byteCount) bytes")
        let times = rows.compactMap { $0["wall_seconds"] as? Double }
        #expect(times.last == 86_400)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= 10.25 })
    }

    @Test func theFirstMinutesKeepEveryReport() throws {
        #expect(try rows(seconds: 240, rowSeconds: 10).rows.count == 960)
        #expect(try rows(seconds: 600, rowSeconds: 0).rows.count == 2400)
    }

    /// Means and shares are of the whole time since the row before, whatever became of the reports between.
    @Test func aRowTellsOfAllSinceTheRowBefore() throws {
        let (rows, _) = try rows(seconds: 1200, rowSeconds: 10) { report, number in
            report.framesPerSecond = number.isMultiple(of: 3) ? 1200 : 0
            report.metrics[.totalLoss] = Double(number)
            report.metrics[.maximumLogRatioAtLagZero] = number == 4444 ? 1 : 0
            report.metrics[.timeWaiting] = number.isMultiple(of: 2) ? 1 : 0
            report.lagCounts = number == 4444 ? [0, 0, 0, 0, 0, 0, 0, 1] : [1]
        }
        var (number, totalFrames) = (0, 0.0)
        for row in rows {
            let last = try #require(row["frames"] as? Int) / 100
            let (first, count) = (number + 1, Double(last - number))
            let holdsPeak = (first...last).contains(4444)
            #expect(abs(try #require(row["total_loss"] as? Double) - Double(first + last) / 2) < 1e-9)
            #expect((row["max_log_ratio_at_lag_zero"] as? Double == 1) == holdsPeak)
            #expect((row["policy_lag_max"] as? Double == 7) == holdsPeak)
            let even = Double((first...last).count { $0.isMultiple(of: 2) })
            #expect(abs(try #require(row["time_waiting"] as? Double) - even / count) < 1e-12)
            totalFrames += try #require(row["frames_per_second"] as? Double) * 0.25 * count
            number = last
        }
        #expect(number == 4800 && abs(totalFrames - 0.25 * 1200 * 1600) < 1e-3)
    }

    /// Late in a run, where rows are rare, an evaluation still has its own; and so has the end of the training.
    @Test func evaluationsAndTheEndAreAlwaysWritten() throws {
        let (rows, _) = try rows(seconds: 1200, rowSeconds: 10) { report, number in
            report.evaluation?.mean = number < 4701 ? 1 : 2
            report.isTraining = number < 4795
            if number == 4800 { report.ending = "all frames" }
        }
        let numbers = rows.compactMap { $0["frames"] as? Int }.map { $0 / 100 }
        let first = try #require(rows.firstIndex { $0["evaluation_mean"] as? Double == 2 })
        #expect(numbers[first] == 4701)
        #expect(numbers.suffix(2) == [4794, 4800] && rows.last?["ending"] as? String == "all frames")
    }
}
