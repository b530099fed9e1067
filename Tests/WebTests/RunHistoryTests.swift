import Foundation
import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingWeb
import Testing

@Suite struct RunHistoryTests {
    private struct Curves: Decodable {
        struct Series: Decodable {
            let mean: [Double?]
            let lo: [Double?]?
            let hi: [Double?]?
        }
        let seconds: [Double]
        let frames: [Double]
        let series: [String: Series]
    }

    private func curves(_ history: RunHistory, points: Int = 10_000) throws -> Curves {
        try JSONDecoder().decode(Curves.self, from: Data(history.json(points: points)))
    }

    @Test func aDayStaysInBoundedSpaceAndKeepsItsPeaks() throws {
        var history = RunHistory(["a", "b", "never"])
        // Four samples a second for a day.
        let count = 4 * 86_400
        for sample in 0..<count {
            let spike: Float = sample == 123_456 ? 1000 : 0
            history.append(
                seconds: Double(sample) / 4, frames: Double(sample) * 25_000,
                [Float(sample % 100) / 100 + spike, sample < 10 ? 1 : .nan, .nan])
        }
        #expect(history.count <= 2048 && history.count > 1000)
        let all = try curves(history, points: 800)
        #expect(
            all.seconds.count <= 800 && all.seconds.count > 400 && all.frames.count == all.seconds.count)
        #expect(all.seconds.last! > 86_300 && zip(all.seconds, all.seconds.dropFirst()).allSatisfy(<))
        let a = try #require(all.series["a"])
        #expect(a.hi!.compactMap(\.self).max()! >= 1000)
        #expect(a.lo!.compactMap(\.self).min() == 0)
        #expect(all.series["b"]!.mean.compactMap(\.self) == [1] && all.series["never"] == nil)
        // 60 curves of a day are what a learner keeps.
        #expect(history.json(points: 2000).count < 200_000)
    }

    @Test func whatComesTwiceOrLateDoesNotCount() throws {
        var history = RunHistory(["a"], capacity: 4)
        for (seconds, value) in [(1, 1), (1, 9), (0.5, 9), (2, 2), (3, .nan), (4, 4), (5, 5)]
            as [(Double, Float)]
        {
            history.append(seconds: seconds, frames: seconds, [value])
        }
        let all = try curves(history)
        // (1, 2), (nothing, 4), 5
        #expect(
            all.seconds == [2, 4, 5] && all.series["a"]!.mean == [1.5, 4, 5]
                && all.series["a"]!.lo == [1, 4, 5] && all.series["a"]!.hi == [2, 4, 5])
    }

    /// Rows that a resume rolled back, rows beyond what it goes on from, and what is no row, don't count.
    @Test func theCurvesOfEarlierStartsGoOn() throws {
        let path = NSTemporaryDirectory() + "starling-history-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let filler = String(repeating: "x", count: 700)
        var lines = (0..<5000).map {
            "{\"rolled_back\":false,\"seconds\":\($0),\"frames\":\($0 * 10),\"mean_return\":\($0 % 7),\"text\":\"\(filler)\"}"
        }
        lines[10] = "garbage"
        for place in 4000..<4500 {
            lines[place] = lines[place].replacing("\"rolled_back\":false", with: "\"rolled_back\":true ")
                .replacing(":\(place % 7),", with: ":99,")
        }
        try (lines.joined(separator: "\n") + "\n{\"torn").write(
            toFile: path, atomically: true, encoding: .utf8)
        let watch = RunWatch(facts, past: path)
        watch.begin(after: RunBefore(frames: 49_000, updates: 1, episodes: 1), [])
        var report = LearnerReport()
        (report.seconds, report.frames, report.meanReturn) = (5000, 49_000, 3)
        watch.record(report)
        let all = try JSONDecoder().decode(Curves.self, from: Data(watch.history(points: 2000)))
        #expect(all.seconds.count > 1000 && all.seconds.first! < 10 && all.seconds.last == 5000)
        #expect(
            all.frames.dropLast().allSatisfy { $0 <= 49_000 } && all.frames.dropLast().last! > 48_000)
        #expect(all.series["mean_return"]!.mean.compactMap(\.self).allSatisfy { $0 <= 6 })
        #expect(!all.seconds.contains { (4010..<4490).contains($0) })
    }
}
