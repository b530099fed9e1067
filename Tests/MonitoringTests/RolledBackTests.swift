import Foundation
import StarlingLearning
import StarlingMonitoring
import StarlingStorage
import Testing

/// Rows of updates that a killed learner took with it.
@Suite struct RolledBackTests {
    private func withRows(_ body: (RunPaths, _ record: (Range<UInt64>, UInt64) throws -> Void) throws -> Void) throws {
        try withTemporaryDirectory { root in
            let paths = RunPaths(root)
            try body(paths) { updates, start in
                let file = try MetricsFile(paths, allMetrics, rowSeconds: 0, resumedFrom: start) { Issue.record("\($0)") }
                var report = fullReport()
                for update in updates {
                    report.update = update
                    file.record(report)
                }
            }
        }
    }

    /// Update of every row, negative where it was rolled back.
    private func rows(_ paths: RunPaths) throws -> [Int] {
        let lines = try String(contentsOfFile: paths.metrics, encoding: .utf8).split(separator: "\n")
        return try lines.map { line in
            let row = try object(String(line))
            #expect(row["seconds"] as? Double == 61)
            let update = try #require(row["update"] as? Int)
            return try #require(row["rolled_back"] as? Bool) ? -update : update
        }
    }

    @Test func rowsBeyondTheCheckpointAreMarked() throws {
        try withRows { paths, record in
            try record(1..<6, 0)
            try record(4..<7, 3)
            #expect(try rows(paths) == [1, 2, 3, -4, -5, 4, 5, 6])
            let log = try #require(MetricsLog(paths))
            #expect(log.numbers("update") == [1, 2, 3, 4, 5, 6] && log.lastNumber("update") == 6)
            let size = try FileManager.default.attributesOfItem(atPath: paths.metrics)[.size] as? Int
            try record(0..<0, 6)
            #expect(try FileManager.default.attributesOfItem(atPath: paths.metrics)[.size] as? Int == size)
            #expect(try rows(paths) == [1, 2, 3, -4, -5, 4, 5, 6])
        }
    }

    @Test func aSecondResumePassesOverWhatIsMarked() throws {
        try withRows { paths, record in
            try record(1..<6, 0)
            try record(4..<7, 3)
            // The newest checkpoints were damaged: it goes on from one before the first resume.
            try record(3..<5, 2)
            #expect(try rows(paths) == [1, 2, -3, -4, -5, -4, -5, -6, 3, 4])
            try record(4..<5, 3)
            #expect(try rows(paths) == [1, 2, -3, -4, -5, -4, -5, -6, 3, -4, 4])
        }
    }

    @Test func aRunThatBeginsAnewLosesAllItsUpdates() throws {
        try withRows { paths, record in
            try record(0..<40, 0)
            try record(0..<2, 0)
            #expect(try rows(paths) == [0] + (1..<40).map { -$0 } + [0, 1])
        }
    }

    @Test func whatIsNoRowIsLeftAsItIs() throws {
        try withRows { paths, record in
            try record(1..<4, 0)
            let file = try #require(FileHandle(forWritingAtPath: paths.metrics))
            try file.seekToEnd()
            try file.write(contentsOf: Data("{\"update\":9}\nnothing\n{\"rolled_back\":false,\"upd".utf8))
            try file.close()
            try record(2..<3, 1)
            let lines = try String(contentsOfFile: paths.metrics, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 6 && lines[3] == "{\"update\":9}" && lines[4] == "nothing")
            #expect(MetricsLog(paths)?.numbers("update") == [1, 2])
            let marked = lines.map { $0.hasPrefix("{\"rolled_back\":true ,\"seconds\":") }
            #expect(marked == [false, true, true, false, false, false])
        }
    }
}
