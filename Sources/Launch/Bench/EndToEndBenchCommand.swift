import ArgumentParser
import Foundation
import StarlingAlgorithms
import StarlingBench
import StarlingConfiguration
import StarlingLaunchActor
import StarlingLearning
import StarlingThreads

struct EndToEndBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-to-end",
        abstract: "Trains a recipe for some seconds as `train` does and tells what the time goes to.",
        discussion: """
            A learner and actor processes that talk TCP, with the recipe's settings but without goal, frame limit, \
            checkpoints and journal: nothing is stored. Shares are of wall time, cores are processor seconds per second: on a machine with other work \
            the first say who waited for whom, the second what was computed. With --curve both every repeat is a training \
            without CURVE and one with it, each with its own warm-up.
            """)

    @Argument(help: "A recipe by name (see `\(Build.program) list`) or the path of your own YAML file.")
    var recipe: String

    @Option(help: "Actor processes (default: the recipe's train.actors).")
    var actors: Int?

    @Option(help: "Seconds to measure, in all repeats together.")
    var seconds = 10.0

    @Option(help: "Segments that the seconds are cut into.")
    var repeats = 5

    @Option(help: ArgumentHelp("Seconds of training before, which don't count.", valueName: "seconds"))
    var warmUp = 2.0

    @Option(
        help: ArgumentHelp(
            "off; on: over CURVE, with keys that are thrown away; both: in turns, and what CURVE costs.", valueName: "off|on|both"))
    var curve = Curve.off

    enum Curve: String, ExpressibleByArgument, CaseIterable { case off, on, both }

    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key of the recipe; repeat as needed.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(
        help: ArgumentHelp(
            "The actor program to start (default: starling-actor beside this one if it has the environment, else this one).",
            valueName: "path"))
    var actorProgram: String?

    @OptionGroup var python: PythonOptions

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    func validate() throws {
        if let actors, !(1...1024).contains(actors) { throw ValidationError("--actors takes 1 to 1024, not \(actors).") }
        guard (1...1000).contains(repeats) else { throw ValidationError("--repeats takes 1 to 1000, not \(repeats).") }
        guard seconds.isFinite, seconds >= 0.5 * Double(repeats), seconds <= 86_400 else {
            throw ValidationError("--seconds takes half a second for each of \(repeats) repeats, to 86400, not \(seconds).")
        }
        guard warmUp.isFinite, (0...3600).contains(warmUp) else {
            throw ValidationError("--warm-up takes 0 to 3600 seconds, not \(warmUp).")
        }
    }

    func run(in program: Program) throws -> Int32 {
        let stop = StopSignal.watch()
        defer { stop.close() }
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(program.recipes.file(recipe))
        try settings.apply(assignments: assignments)
        if let actors { settings.train.actors = actors }
        settings.goal.isEnabled = false
        settings.frames = 0
        let program = try program.adding(python, for: settings, LogOptions(level: .warning), stop)
        let executable = try ActorExecutable(actorProgram, for: settings)
        func report(over curve: Bool, repeats: Int) throws -> EndToEndReport {
            let bench = EndToEndBench(
                recipe: recipe, settings: settings, isEncrypted: curve, actorArguments: python.actorArguments(for: settings),
                warmUp: warmUp, repeats: repeats,
                secondsPerRepeat: seconds / Double(self.repeats))
            guard let report = try bench.run(in: program, executable: executable, shouldStop: { stop.isRequested }) else {
                throw CommandError("stopped before anything was measured")
            }
            return report
        }
        if curve == .both {
            // In turns, so that what else the machine does falls on both.
            let turns = try (0..<repeats).map { _ in
                (plain: try report(over: false, repeats: 1), curve: try report(over: true, repeats: 1))
            }
            let comparison = CurveComparison(turns)
            try show(comparison, comparison.lines)
        } else {
            let report = try report(over: curve == .on, repeats: repeats)
            try show(report, report.lines)
        }
        return 0
    }

    private func show(_ report: some Encodable, _ lines: [String]) throws {
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self))
        } else {
            for line in lines { print(line) }
        }
    }
}
