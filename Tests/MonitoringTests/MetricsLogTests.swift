import Foundation
import StarlingLearning
import StarlingMonitoring
import StarlingStorage
import Testing

@Suite struct MetricsLogTests {
    @Test func columnsAreReadAsTheyWereWritten() throws {
        try withTemporaryDirectory { root in
            let paths = RunPaths(root)
            #expect(MetricsLog(paths) == nil)
            let file = try MetricsFile(paths, allMetrics, rowSeconds: 0) { Issue.record("\($0)") }
            var report = fullReport()
            for frames in [10, 20, 30] as [UInt64] {
                report.frames = frames
                report.meanReturn = frames == 20 ? nil : -0.5 * Double(frames)
                if frames == 30 { report.ending = "all frames" }
                file.record(report)
            }
            // A row that is being written.
            let log = try #require(MetricsLog(paths))
            #expect(log.count == 3 && log.numbers("frames") == [10, 20, 30])
            let returns = log.numbers("mean_return")
            #expect(returns[0] == -5 && returns[1].isNaN && returns[2] == -15)
            // Keys that begin or end alike are others.
            #expect(log.lastNumber("return") == nil && log.lastNumber("frames_per") == nil)
            #expect(log.lastText("ending") == "all frames" && log.lastText("frames") == nil)
            #expect(log.lastText("evaluation_version") == "2.300" && log.lastNumber("max_log_ratio_at_lag_zero") == 2e-6)
        }
    }
}
