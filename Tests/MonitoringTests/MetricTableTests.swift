import Foundation
import StarlingAlgorithms
import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingStorage
import StarlingTraining
import Testing

@Suite struct MetricTableTests {
    @Test func rowHasEveryKeyOnceAndInOrder() throws {
        let line = MetricTable(allMetrics).row(fullReport()).line
        let names = MetricTable(allMetrics).names
        #expect(Set(names).count == names.count)
        let row = try object(line)
        #expect(Set(row.keys) == Set(names))
        #expect(
            line.hasPrefix(
                "{\"rolled_back\":false,\"seconds\":61.0,\"wall_seconds\":62.5,\"time\":1764471817.25,\"update\":320,\"parameter_version\":\"27.319\","
            ))
        #expect(!line.contains("\n"))
    }

    @Test func everyMetricReadsItsOwnField() throws {
        var row = try object(MetricTable(allMetrics).row(fullReport()).line)
        // No field: it is corrected later.
        #expect(row.removeValue(forKey: "rolled_back") as? Bool == false)
        #expect(row.removeValue(forKey: "lag_limits") as? Bool == true)
        // Of the last report alone, which the panel shows otherwise.
        #expect(row.removeValue(forKey: "ending") is NSNull)
        let values = row.values.map { "\($0)" }
        #expect(!values.contains("<null>"))
        // No two fields of the report have the same value, so a field that was read twice would show.
        #expect(Set(values).count == values.count)
        #expect(row["elbo"] as? Double == -5.75)
        #expect(row["policy_lag_p95"] as? Double == 2)
        #expect(row["unrolls_too_stale"] as? Int == 13)
        #expect(row["max_log_ratio_at_lag_zero"] as? Double == 2e-6)
        #expect(row["evaluation_mean"] as? Double == 494)
    }

    @Test func whatIsNotThereYetIsNull() throws {
        var report = LearnerReport()
        report.metrics = MetricValues(of: allMetrics)
        report.metrics[.gradientNorm] = .infinity
        let row = try object(MetricTable(allMetrics).row(report).line)
        for name in ["mean_return", "goal", "frame_limit", "evaluation_version", "total_loss", "gradient_norm"] {
            #expect(row[name] is NSNull, "\(name)")
        }
    }

    /// After a change of the table: `STARLING_WRITE_PAGES=1 swift test -c release --disable-xctest --filter MetricTableTests`.
    @Test func pageIsThatOfTheTable() throws {
        let path = URL(fileURLWithPath: #filePath)
            .appending(path: "../../../Sources/Monitoring/Monitoring.docc/Metrics.md").standardized
        var page = try String(contentsOf: path, encoding: .utf8)
        let tables = try #require(page.range(of: "## Progress"), "the page has no tables")
        if ProcessInfo.processInfo.environment["STARLING_WRITE_PAGES"] != nil {
            page = page[..<tables.lowerBound] + MetricTable(allMetrics).page
            try page.write(to: path, atomically: true, encoding: .utf8)
        }
        #expect(page[tables.lowerBound...] == MetricTable(allMetrics).page[...])
    }

    @Test func aMetricWithTheNameOfAColumnIsFound() {
        #expect(MetricTable(allMetrics).duplicate == nil)
        #expect(MetricTable(allMetrics + [Metric("frames", "1", "Others.")]).duplicate == "frames")
    }

    @Test func fileGetsARowForEveryReport() throws {
        try withTemporaryDirectory { root in
            let file = try MetricsFile(RunPaths(root), allMetrics, rowSeconds: 0) { Issue.record("\($0)") }
            for _ in 0..<3 { file.record(fullReport()) }
            let lines = try String(contentsOfFile: root + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 3)
            for line in lines { #expect(try object(String(line))["frames"] as? Int == 152_320) }
        }
    }

    /// While the final parameters play, only the last row says something new.
    @Test func anEvaluationAddsOneRow() throws {
        try withTemporaryDirectory { root in
            let file = try MetricsFile(RunPaths(root), allMetrics, rowSeconds: 0) { Issue.record("\($0)") }
            var report = fullReport()
            file.record(report)
            report.isTraining = false
            for trained in 941..<945 as Range<UInt64> {
                report.ledger.trained = trained
                file.record(report)
            }
            file.finish()
            let rows = try String(contentsOfFile: RunPaths(root).metrics, encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 2)
            #expect(rows[1].contains("\"unrolls_trained\":944"))
        }
    }

    @Test func fullDiskIsToldOnce() throws {
        try withTemporaryDirectory { root in
            try FileManager.default.createSymbolicLink(atPath: root + "/metrics.jsonl", withDestinationPath: "/dev/full")
            let told = Told()
            let file = try MetricsFile(RunPaths(root), allMetrics, rowSeconds: 0) { told.append($0) }
            for _ in 0..<3 { file.record(fullReport()) }
            #expect(told.lines.count == 1)
            #expect(told.lines.first?.contains("No space left on device") == true)
        }
    }
}
