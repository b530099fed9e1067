import ArgumentParser
import StarlingMonitoring
import StarlingStorage

struct LedgerCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Says what became of every unroll of a run, and whether the books balance.",
        discussion: """
            Works on the directory of a run that is going on, has ended or was killed, and changes nothing in it. \
            Ends with status 1 when the books don't balance.
            """)

    @Argument(help: "A run directory.")
    var run: String

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    func run(in program: Program) throws -> Int32 {
        let report = try LedgerReport(RunPaths(run))
        if json {
            print(report.json.line)
        } else {
            for line in report.lines { print(line) }
        }
        return report.books.ledger.isBalanced ? 0 : 1
    }
}
