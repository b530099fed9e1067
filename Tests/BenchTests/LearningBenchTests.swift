import Foundation
import StarlingBench
import Testing

@Suite struct LearningBenchTests {
    private static func goal(_ scope: LearningGoal.Scope) -> LearningGoal { LearningGoal(meanReturn: 1, frames: 100, scope: scope) }

    private static func row(_ name: String = "a", scope: LearningGoal.Scope = .each, isLong: Bool = false) -> LearningRow {
        LearningRow(
            name, settings: ["x.y=1"], frames: 100, goal: goal(scope), published: "PPO −2 at 9", source: "a paper", minutes: 1,
            isLong: isLong)
    }

    private static func measured(_ measures: [String: Double]) -> LearningOutcome {
        .finished(LearningOutcome.Run(frames: 100, seconds: 1, meanReturn: 2, measures: measures))
    }

    /// Of a run that writes.
    private static func written(_ outOfKey: Double) -> LearningOutcome { measured(["out_of_key": outOfKey]) }

    private static func finished(_ meanReturn: Double, _ frames: UInt64 = 100, seconds: Double = 1) -> LearningOutcome {
        .finished(LearningOutcome.Run(frames: frames, seconds: seconds, meanReturn: meanReturn))
    }

    @Test func eachSeedOrTheirMedianMustReachTheGoal() {
        let two = [Self.finished(1), Self.finished(2)]
        let bad = two + [Self.finished(0.9)]
        #expect(Self.goal(.each).isReached(by: two) && !Self.goal(.each).isReached(by: bad))
        #expect(Self.goal(.median).isReached(by: bad))
        #expect(!Self.goal(.median).isReached(by: [Self.finished(0.9), Self.finished(0.8), Self.finished(7)]))
        #expect(!Self.goal(.median).isReached(by: []) && !Self.goal(.each).isReached(by: []))
    }

    @Test func framesCountAsTheReturnDoes() {
        let late = Self.finished(1, 103)
        #expect(!Self.goal(.each).isReached(by: [Self.finished(1), late]))
        #expect(Self.goal(.median).isReached(by: [Self.finished(1), Self.finished(1, 50), late]))
        #expect(!Self.goal(.median).isReached(by: [Self.finished(1), late, late]))
        // The last batch is trained on to its end.
        #expect(Self.goal(.each).isReached(by: [Self.finished(1, 102)]))
    }

    @Test func aRunThatFailedIsWorseThanAnyReturn() {
        let failed = LearningOutcome.failed("starling: no")
        #expect(!Self.goal(.each).isReached(by: [Self.finished(1), failed]))
        #expect(Self.goal(.median).isReached(by: [Self.finished(1), Self.finished(1), failed]))
        #expect(!Self.goal(.median).isReached(by: [Self.finished(9), failed]))
    }

    @Test func boundsAreKeptAsReturnsAre() {
        func drawn(_ outOfKey: Double?, _ diversity: Double) -> LearningOutcome {
            var measures = ["diversity": diversity]
            measures["out_of_key"] = outOfKey
            return .finished(LearningOutcome.Run(frames: 100, seconds: 1, meanReturn: -9, measures: measures))
        }
        let bounds = [LearningBound("out_of_key", .atMost, 0.01), LearningBound("diversity", .atLeast, 0.5)]
        let (each, median) = (
            LearningGoal(bounds: bounds, frames: 100, scope: .each), LearningGoal(bounds: bounds, frames: 100, scope: .median)
        )
        let good = [drawn(0.01, 0.5), drawn(0, 0.6)]
        #expect(each.isReached(by: good))
        for bad in [drawn(0.02, 0.6), drawn(0, 0.4), drawn(nil, 0.6), .failed("no")] {
            #expect(!each.isReached(by: good + [bad]) && median.isReached(by: good + [bad]))
            #expect(!median.isReached(by: good.dropLast() + [bad, bad]))
        }
        // With a return as well both are asked.
        #expect(!LearningGoal(meanReturn: -8, bounds: bounds, frames: 100, scope: .median).isReached(by: good))
    }

    @Test func whoIsJudgedByWhatItDrawsIsEvaluatedSo() {
        let drawn = LearningRow("a", goal: Self.goal(.each), judgement: .drawn, published: "", source: "", minutes: 1)
        let greedy = LearningRow("a", goal: Self.goal(.each), published: "", source: "", minutes: 1)
        let keys = [drawn, greedy].map { LearningKey($0, seed: 7, build: "one") }
        #expect(keys[0].evaluation(of: "run") == ["evaluate", "run", "--episodes", "100", "--seed", "1000007", "--rule", "sample"])
        #expect(keys[1].evaluation(of: "run") == ["evaluate", "run", "--episodes", "100", "--seed", "1000007"])
        let result = LearningResult(key: keys[1], outcome: Self.finished(1))
        #expect(result.refusal(as: keys[0]) == "it is of other settings")
    }

    /// Where the training never was, and where it was.
    @Test func whoIsJudgedOnWhatItNeverSawIsPlayedInBoth() {
        let row = LearningRow(
            "a", goal: Self.goal(.each), environment: "A-test", options: ["environment.looks=test"], isUnseen: true, published: "",
            source: "",
            minutes: 1)
        let key = LearningKey(row, seed: 7, build: "one")
        let common = ["evaluate", "run", "--episodes", "100", "--seed", "1000007"]
        #expect(key.evaluation(of: "run") == common + ["--environment", "A-test", "--set", "environment.looks=test"])
        #expect(key.evaluation(of: "run", isElsewhere: false) == common)
        let report = LearningReport(
            build: "", processor: "", cores: 2, seeds: [1],
            rows: [
                LearningReport.Row(
                    row, [Self.measured(["gap": 0.5, "mean_return_seen": 2.5])])
            ])
        #expect(report.text.contains("    gap: 0.5 (0.5 to 0.5); 0.5\n    mean return seen: 2.5 (2.5 to 2.5); 2.5"), "\(report.text)")
        #expect(report.text.contains("a's by `--environment A-test --set environment.looks=test`"))
        #expect(LearningRow.shipped.filter(\.isUnseen).allSatisfy { !$0.place.isEmpty })
    }

    @Test func rowsAreChosenByNameOrByHowLongTheyTake() throws {
        let rows = [Self.row("a"), Self.row("b", isLong: true), Self.row("c")]
        #expect(try rows.chosen(by: [], all: false).map(\.name) == ["a", "c"])
        #expect(try rows.chosen(by: [], all: true).map(\.name) == ["a", "b", "c"])
        #expect(try rows.chosen(by: ["c", "b"], all: false).map(\.name) == ["b", "c"])
        #expect { try rows.chosen(by: ["a", "d"], all: false) } throws: {
            "\($0)" == "there is no row 'd'; the rows are a, b, c"
        }
    }

    @Test func shippedRowsHaveNamesOfTheirOwn() {
        let rows = LearningRow.shipped
        #expect(Set(rows.map(\.name)).count == rows.count)
        #expect(rows.allSatisfy { $0.minutes > 0 && $0.episodes > 0 && !$0.published.isEmpty && !$0.source.isEmpty })
    }

    @Test func aResultStandsForTheSameRunOfTheSameBuildOnly() {
        let key = LearningKey(Self.row(), seed: 7, build: "one")
        let result = LearningResult(key: key, outcome: Self.finished(1))
        #expect(result.refusal(as: key) == nil)
        #expect(result.refusal(as: LearningKey(Self.row(), seed: 7, build: "two")) == "it is of another build, one")
        #expect(result.refusal(as: LearningKey(Self.row(), seed: 8, build: "one")) == "it is of other settings")
        let others = [
            LearningRow("a", settings: ["x.y=2"], frames: 100, goal: Self.goal(.each), published: "", source: "", minutes: 1),
            LearningRow("a", settings: ["x.y=1"], frames: 200, goal: Self.goal(.each), published: "", source: "", minutes: 1),
            LearningRow("a", settings: ["x.y=1"], frames: 100, goal: Self.goal(.each), episodes: 9, published: "", source: "", minutes: 1),
            LearningRow("a", recipe: "b", settings: ["x.y=1"], frames: 100, goal: Self.goal(.each), published: "", source: "", minutes: 1),
        ]
        for other in others { #expect(result.refusal(as: LearningKey(other, seed: 7, build: "one")) == "it is of other settings") }
        // What is asked of a run is no part of it.
        #expect(LearningKey(Self.row(scope: .median), seed: 7, build: "one") == key)
    }

    @Test func aRunThatFailedIsMadeAgain() {
        let key = LearningKey(Self.row(), seed: 7, build: "one")
        #expect(LearningResult(key: key, outcome: .failed("no")).refusal(as: key) == "it failed: no")
    }

    @Test(arguments: [finished(-1.5, 12_345, seconds: 0.25), written(0.25), .failed("starling: \"no\"")])
    func aResultComesBackFromItsFile(outcome: LearningOutcome) throws {
        let result = LearningResult(key: LearningKey(Self.row(), seed: 7, build: "one"), outcome: outcome)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = try JSONEncoder.forReports().encode(result)
        #expect(try decoder.decode(LearningResult.self, from: data) == result)
        #expect(throws: DecodingError.self) { try decoder.decode(LearningResult.self, from: data.dropLast(2)) }
    }

    private static let report = LearningReport(
        build: "Starling 1", processor: "a processor", cores: 2, seeds: [101, 102, 103],
        rows: [
            LearningReport.Row(row("short"), [finished(1), finished(1.5, 90), finished(2, 80)]),
            LearningReport.Row(row("broken"), [finished(-1), .failed("starling: no"), finished(-2)]),
            LearningReport.Row(
                LearningRow(
                    "tunes", goal: LearningGoal(bounds: [LearningBound("out_of_key", .atMost, 0.3)], frames: 100, scope: .each),
                    judgement: .drawn, published: "1", source: "a paper", minutes: 1), [written(0.25), written(0.375)]),
            LearningReport.Row(row("blank"), skipped: "there is no FILE; `scripts/data blank` writes it"),
        ])

    @Test func theTextTellsEachRow() throws {
        let lines = Self.report.text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "Starling 1; 2 cores: a processor")
        let short = try #require(lines.first { $0.hasPrefix("short") })
        for part in [" 3  ", "90 (80 to 100)", "1.5 (1.0 to 2.0); 1.5 (1.0 to 2.0)", "each ≥ 1 within 100", "reached"] {
            #expect(short.contains(part), "\(short)")
        }
        let broken = try #require(lines.first { $0.hasPrefix("broken") })
        for part in ["3, 1 failed", "−1.5 (−2.0 to −1.0); −1.5 (−2.0 to −1.0)", "MISSED"] { #expect(broken.contains(part), "\(broken)") }
        #expect(lines.contains("    published: PPO −2 at 9 (a paper); starling train short --seed S --frames 100 --set x.y=1"))
        #expect(lines.contains("    failed: starling: no"))
        let tunes = try #require(lines.firstIndex { $0.hasPrefix("tunes") })
        #expect(lines[tunes].contains("each out of key ≤ 0.3 within 100") && lines[tunes].contains("MISSED"), "\(lines[tunes])")
        #expect(lines[tunes + 1] == "    out of key: 0.3125 (0.25 to 0.375); 0.3125 (0.25 to 0.375), goal ≤ 0.3")
        let blank = try #require(lines.firstIndex { $0.hasPrefix("blank") })
        #expect(lines[blank].hasSuffix("skipped") && lines[blank + 1] == "    there is no FILE; `scripts/data blank` writes it")
        #expect(lines.last?.contains("tunes are drawn as the policy has it, by `--rule sample`") == true)
        #expect(lines.last?.hasPrefix("S: seeds 101 to 103.") == true)
    }

    @Test func theMarkdownIsATable() throws {
        let lines = Self.report.markdown.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("| row | seeds |") && lines[1] == "|---|---|---|---|---|---|---|---|---|")
        let cells = "| short | 3 | 90 (80 to 100) | 1.0 | 1.5 (1.0 to 2.0); 1.5 (1.0 to 2.0) | each ≥ 1 within 100 | reached | PPO −2 at 9 "
        #expect(lines[2].hasPrefix(cells))
        #expect(lines[4].contains("2.0 (2.0 to 2.0); 2.0<br>out of key: 0.3125 (0.25 to 0.375); "), "\(lines[4])")
        #expect(lines[2].hasSuffix("(a paper) | `starling train short --seed S --frames 100 --set x.y=1` |"))
    }

    @Test func theJSONHasWhatReadersLookFor() throws {
        let data = try JSONEncoder.forReports().encode(Self.report)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(object.keys) == ["format", "build", "processor", "cores", "seeds", "rows"])
        let row = try #require((object["rows"] as? [[String: Any]])?.first)
        #expect(
            Set(row.keys) == [
                "name", "recipe", "settings", "goal", "judgement", "episodes", "published", "source", "command", "outcomes", "is_reached",
                "frames",
                "seconds", "median_return", "mean_return", "interquartile_mean_return",
            ])
        #expect(row["is_reached"] as? Bool == true && row["frames"] as? Double == 90)
        #expect((row["outcomes"] as? [[String: Any]])?.first?.keys.sorted() == ["frames", "mean_return", "measures", "seconds"])
        let rows = try #require(object["rows"] as? [[String: Any]])
        let measures = try #require(rows[2]["measures"] as? [String: [String: Double]])
        #expect(measures["out_of_key"]?["mean"] == 0.3125 && rows[2]["judgement"] as? String == "drawn")
        #expect(rows[3]["skipped"] as? String == "there is no FILE; `scripts/data blank` writes it" && rows[3]["is_reached"] == nil)
    }
}
