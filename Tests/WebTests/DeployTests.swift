import Foundation
import StarlingLearning
import StarlingMetrics
import StarlingWeb
import Testing

/// Files and programs of these tests.
private enum Deploy {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first(where: FileManager.default.isExecutableFile)
}

/// What lies in `deploy` for Prometheus and Grafana speaks of metrics that there are.
@Suite struct DeployTests {
    /// Expressions of the dashboard, with what Grafana puts in for its variables.
    private static func expressions() throws -> [String] {
        var found: [String] = []
        func look(_ value: Any) {
            if let object = value as? [String: Any] {
                for (name, value) in object { if name == "expr", let text = value as? String { found.append(text) } else { look(value) } }
            } else if let array = value as? [Any] {
                array.forEach(look)
            }
        }
        look(try JSONSerialization.jsonObject(with: Data(try Deploy.text("deploy/grafana/starling.json").utf8)))
        return found.map { $0.replacing("$__rate_interval", with: "1m").replacing("$job", with: ".+").replacing("$instance", with: ".+") }
    }

    /// Every family that a learner may tell of.
    private static func exported() throws -> Set<String> {
        let watch = RunWatch(facts)
        watch.watchJournal { 1 }
        watch.record(fullReport())
        var names = Set(samples(watch.metrics(.text)).keys.map { String($0.prefix { $0 != "{" }) })
        // Of a histogram its family, too.
        names.formUnion(names.filter { $0.hasSuffix("_bucket") }.map { String($0.dropLast(7)) })
        names.formUnion(Learner.metrics.map(RunWatch.name))
        // What algorithms declare is on the page that is made of them.
        let page = try Deploy.text("Sources/Monitoring/Monitoring.docc/Metrics.md")
        let learning = page.split(separator: "## ").first { $0.hasPrefix("Learning") }
        for line in try #require(learning).split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            names.insert(RunWatch.name(of: Metric(cells[0], cells[1], "")))
        }
        return names
    }

    private static func names(in text: String) -> Set<String> {
        Set(text.matches(of: /\b(starling|process)_[a-z_]*[a-z]\b/).map { String($0.output.0) })
    }

    @Test func everyNameIsExported() throws {
        let exported = try Self.exported()
        let rules = try Deploy.text("deploy/prometheus/starling.rules.yml").split(separator: "\n").filter { $0.contains("expr:") }.joined(
            separator: "\n")
        let page = try Deploy.text("Sources/Launch/Launch.docc/Watching.md")
        let dashboard = try Self.expressions().joined(separator: "\n")
        for (place, text) in [("rules", rules), ("page", page), ("dashboard", dashboard)] {
            let names = Self.names(in: text)
            #expect(names.count > 10 && names.subtracting(exported).isEmpty, "\(place): \(names.subtracting(exported).sorted())")
        }
        #expect(!exported.contains("starling_frames_per_second"))
    }

    /// Every family of a full report is on the page, but for those of the run's own metrics.
    @Test func thePageTellsEveryFamily() throws {
        let page = Self.names(in: try Deploy.text("Sources/Launch/Launch.docc/Watching.md"))
        let watch = RunWatch(facts)
        watch.watchJournal { 1 }
        var report = fullReport()
        report.metrics = MetricValues(of: [.timeWaiting])
        watch.record(report)
        let families = Set(samples(watch.metrics(.text)).keys.map { String($0.prefix { $0 != "{" }) })
            .filter { !$0.hasSuffix("_bucket") && !$0.hasSuffix("_sum") && !$0.hasSuffix("_count") }
        #expect(families.subtracting(page).isEmpty, "\(families.subtracting(page).sorted())")
    }

    private func promtool(_ arguments: String..., input: String? = nil) throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Deploy.promtool))
        process.arguments = arguments
        let (said, given) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError, process.standardInput) = (said, said, given)
        try process.run()
        if let input { given.fileHandleForWriting.write(Data(input.utf8)) }
        try given.fileHandleForWriting.close()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test(.enabled(if: Deploy.promtool != nil, "Debian's prometheus, for its promtool, is not installed"))
    func promtoolFindsNoFault() throws {
        let folder = Deploy.root.appendingPathComponent("deploy/prometheus").path
        for arguments in [
            ["check", "config", "prometheus.yml"], ["check", "rules", "starling.rules.yml"], ["test", "rules", "starling.test.yml"],
        ] {
            let (status, said) = try promtool(arguments[0], arguments[1], "\(folder)/\(arguments[2])")
            #expect(status == 0, "\(arguments): \(said)")
        }
        let watch = RunWatch(facts)
        watch.watchJournal { 1 }
        watch.record(fullReport())
        let (status, said) = try promtool("check", "metrics", input: String(decoding: watch.metrics(.text), as: UTF8.self))
        // It has opinions on names; errors are another matter.
        #expect(status == 0 || status == 3, "\(said)")
        #expect(!said.contains("error while linting"), "\(said)")
    }

    @Test(.enabled(if: Deploy.promtool != nil, "Debian's prometheus, for its promtool, is not installed"))
    func everyExpressionOfTheDashboardIsOne() throws {
        let expressions = try Self.expressions()
        #expect(expressions.count > 30)
        func check(_ expressions: [String]) throws -> (status: Int32, said: String) {
            let rules =
                ["groups:", "- name: dashboard", "  rules:"]
                + expressions.enumerated().flatMap { place, text in
                    ["  - record: dashboard:\(place)", "    expr: |", "      \(text)"]
                }
            let path = NSTemporaryDirectory() + "starling-dashboard-\(UUID().uuidString).yml"
            try rules.joined(separator: "\n").appending("\n").write(toFile: path, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: path) }
            return try promtool("check", "rules", path)
        }
        let (status, said) = try check(expressions)
        #expect(status == 0, "\(said)")
        #expect(try check(["rate(starling_frames_total"]).status != 0)
    }
}
