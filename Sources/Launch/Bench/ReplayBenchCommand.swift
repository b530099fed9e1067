import ArgumentParser
import Foundation
import StarlingBench

struct ReplayBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Fills a replay buffer and draws from it: bytes, and steps in and out a second.",
        discussion: "Rows are MinAtar's: 10 × 10 × 4 bytes of observation, six actions, unrolls of 20 steps of 4 environments.")

    @Option(help: "Steps that are kept.")
    var steps = 1_000_000

    @Option(help: "Draws at a time.")
    var batch = 32

    @Option(help: "Seconds to draw.")
    var seconds = 1.0

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    func validate() throws {
        guard (80...100_000_000).contains(steps) else { throw ValidationError("--steps takes 80 to 100000000, not \(steps).") }
        guard (1...1_000_000).contains(batch) else { throw ValidationError("--batch takes 1 to 1000000, not \(batch).") }
        guard (0.01...3600).contains(seconds) else { throw ValidationError("--seconds takes 0.01 to 3600, not \(seconds).") }
    }

    func run(in program: Program) throws -> Int32 {
        var settings = ReplayBench.Settings()
        (settings.steps, settings.batch, settings.seconds) = (steps, batch, seconds)
        let report = ReplayBench(settings).run()
        let machine = Machine.current
        print(
            json
                ? String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self)
                : report.text(cores: machine.cores, processor: machine.processor))
        return 0
    }
}
