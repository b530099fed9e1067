import Foundation
import StarlingExperience
import StarlingLearning
import StarlingMonitoring
import Testing

@Suite struct RunSummaryTests {
    let summary = RunSummary(
        frames: 101_120, wallSeconds: 4.25, framesPerSecond: 52_000, goalReached: true,
        evaluation: fullReport().evaluation, ledger: fullReport().ledger, policyLag: fullReport().policyLag,
        seed: .max, actors: 4, episodes: 900, updates: 158)

    @Test func summaryHasThePromisedKeys() throws {
        #expect(summary.json.indented.hasPrefix("{\n  \"frames\": 101120,\n  \"wall_seconds\": 4.25,\n"))
        let object = try object(summary.json.indented)
        #expect(object["goal_reached"] as? Bool == true)
        #expect(object["seed"] as? UInt64 == .max)
        let lag = try #require(object["policy_lag"] as? [String: Double])
        #expect(lag == ["mean": 1.25, "p50": 1, "p95": 2, "max": 5])
        let ledger = try #require(object["ledger"] as? [String: Any])
        #expect(ledger["lost_with_actor"] as? Int == 5 && ledger["balanced"] as? Bool == true)
        let evaluation = try #require(object["evaluation"] as? [String: Any])
        #expect(Set(evaluation.keys) == ["episodes", "mean", "std", "min", "max", "mean_length", "terminated", "parameter_version"])
    }

    @Test func thePageHasEveryKey() throws {
        let path = URL(fileURLWithPath: #filePath)
            .appending(path: "../../../Sources/Monitoring/Monitoring.docc/Summary.md").standardized
        let page = try String(contentsOf: path, encoding: .utf8)
        let object = try object(summary.json.indented)
        let parts = ["policy_lag", "ledger", "evaluation"].compactMap { object[$0] as? [String: Any] }
        #expect(parts.count == 3)
        for key in ([object] + parts).flatMap(\.keys) { #expect(page.contains("`\(key)`"), "\(key)") }
    }

    @Test func runWithoutEvaluationSaysNull() {
        var summary = summary
        summary.evaluation = nil
        #expect(summary.json.line.contains("\"evaluation\":null"))
    }

    @Test func evaluationSumsUpReturns() {
        var report = EvaluationReport(
            identifier: 1, version: ParameterVersion(generation: 1, update: 20), returns: [2, 4, 4, 4, 5, 5, 7, 9])
        #expect(
            EvaluationSummary(report)?.json.line == """
                {"episodes":8,"mean":5.0,"std":2.0,"min":2.0,"max":9.0,"mean_length":null,"terminated":null,"parameter_version":"1.20"}
                """)
        (report.steps, report.terminated) = (100, 2)
        #expect(EvaluationSummary(report)?.json.line.contains(#""mean_length":12.5,"terminated":0.25,"#) == true)
        #expect(EvaluationSummary(EvaluationReport(identifier: 1, version: report.version, returns: [])) == nil)
    }

    @Test func ledgerThatIsOffByOneIsNotBalanced() {
        var ledger = fullReport().ledger
        #expect(ledger.isBalanced)
        ledger.trained -= 1
        #expect(ledger.learnerImbalance == 1)
        #expect(ledger.json.line.hasSuffix("\"balanced\":false}"))
        ledger.trained += 1
        ledger.outbox += 1
        #expect(ledger.json.line.hasSuffix("\"balanced\":false}"))
    }

    @Test func textsAreEscaped() throws {
        let value = JSONValue.object([.init("a\"\\\n\u{1}ü", .text("☃\u{0}"))])
        #expect(try object(value.line)["a\"\\\n\u{1}ü"] as? String == "☃\u{0}")
    }

    @Test func arraysStandOnOneLine() {
        let value = JSONValue.object([]).adding(.init("a", .array([.number(0.5), .number(Double?.none), .array([]), .number(.nan)])))
        #expect(value.line == "{\"a\":[0.5,null,[],null]}")
        #expect(value.indented == "{\n  \"a\": [0.5,null,[],null]\n}")
    }
}
