import ArgumentParser
import Foundation
import StarlingBench
import StarlingThreads

struct LearningBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning",
        abstract: "Trains recipes over several seeds and tells which reach their goals, beside published figures.",
        discussion: """
            Every run is a training and greedy episodes afterwards, in processes of their own, one after the other. The result of each that \
            ended is kept in --out: a bench that was stopped, or killed, goes on behind it when it is started again with the same program. \
            How it goes is told on standard error. A goal that is missed is a result; the exit status is 1 only where something could not \
            be run. Rows:
            \(LearningRow.shipped.map { "  \($0.name): \($0.goal.words), \($0.minutes.text(2)) min a seed\($0.isLong ? ", long" : "")" }
                .joined(separator: "\n"))
            """)

    @Argument(help: "The rows to run (default: all that take minutes).")
    var rows: [String] = []

    @Flag(help: "All rows, those that take long too.")
    var all = false

    @Option(help: "Runs of a row, each from a seed of its own.")
    var seeds = 5

    @Option(help: "The first of the seeds; no recipe's settings were chosen with those from 101 on.")
    var firstSeed: UInt64 = 101

    @Option(help: ArgumentHelp("Where results are kept.", valueName: "folder"))
    var out = "learning-results"

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Flag(help: "Print the table as Markdown.")
    var markdown = false

    func validate() throws {
        guard (1...1000).contains(seeds) else { throw ValidationError("--seeds takes 1 to 1000, not \(seeds).") }
        guard (0...1_000_000_000).contains(firstSeed) else {
            throw ValidationError("--first-seed takes 0 to 1000000000, not \(firstSeed).")
        }
        guard !json || !markdown else { throw ValidationError("--json and --markdown are two ways to print the same: choose one.") }
        guard !out.isEmpty else { throw ValidationError("--out needs the path of a folder.") }
    }

    func run(in program: Program) throws -> Int32 {
        let rows = try LearningRow.shipped.chosen(by: self.rows, all: all)
        let stop = StopSignal.watch()
        defer { stop.close() }
        let seeds = (0..<UInt64(seeds)).map { firstSeed + $0 }
        let bench = LearningBench(rows: rows, seeds: seeds, folder: try LearningFolder(out)) { Program.complain($0) }
        guard let report = try bench.run(shouldStop: { stop.isRequested }) else {
            Program.complain("stopped; what was found is kept in \(out), and the same command goes on behind it")
            return 130
        }
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self))
        } else {
            print(markdown ? report.markdown : report.text)
        }
        return report.rows.allSatisfy(\.failures.isEmpty) ? 0 : 1
    }
}
