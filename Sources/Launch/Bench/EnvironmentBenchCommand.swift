import ArgumentParser
import Foundation
import StarlingBench
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingThreads

struct EnvironmentBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "environment",
        abstract: "Steps environments with random actions, without policy and learner; those of Gymnasium beside its own vectors.",
        discussion: """
            Repeats are made in turns: this program's, then Gymnasium's SyncVectorEnv, AsyncVectorEnv and the environment's own vector \
            form, where there is one, with as many environments in all; or --beside others of this program. Rows that only begin an episode \
            count nowhere.
            """)

    @Option(name: .customLong("set"), help: ArgumentHelp("environment=NAME, or an option of it; repeat as needed.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "Groups that are stepped in turns.")
    var groups = 2

    @Option(help: "Environments of a group.")
    var width = 8

    @Option(help: "Seconds of every measurement.")
    var seconds = 2.0

    @Option(help: "Measurements of each kind.")
    var repeats = 5

    @Option(help: ArgumentHelp("Another environment of this program, in the same turns; repeat as needed.", valueName: "name"))
    var beside: [String] = []

    @OptionGroup var library: LibraryArguments

    @Flag(help: "Only what this program does.")
    var alone = false

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @OptionGroup var python: PythonOptions

    func validate() throws {
        guard (1...256).contains(groups), (1...4096).contains(width) else {
            throw ValidationError("--groups takes 1 to 256 and --width 1 to 4096.")
        }
        guard (1...1000).contains(repeats), seconds.isFinite, (0.05...3600).contains(seconds) else {
            throw ValidationError("--repeats takes 1 to 1000 and --seconds 0.05 to 3600.")
        }
    }

    func run(in program: Program) throws -> Int32 {
        let stop = StopSignal.watch()
        defer { stop.close() }
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(assignments: assignments)
        library.apply(to: &settings)
        settings.settleFiles()
        let program = try program.adding(python, for: settings, LogOptions(level: .warning), stop)
        let entry = try program.environments.entry(named: settings.environment)
        let spec = try entry.spec(settings.environmentOptions)
        let bench = try EnvironmentBench(entry, spec, groups: groups, width: width)
        defer { bench.close() }
        let others = alone || !settings.isOfPython ? [] : GymnasiumVectors.allCases
        let neighbours = try beside.map { name in
            let entry = try program.environments.entry(named: name)
            return (name: name, bench: try EnvironmentBench(entry, entry.spec(EnvironmentOptions()), groups: groups, width: width))
        }
        defer { for neighbour in neighbours { neighbour.bench.close() } }
        var neighbourRates = neighbours.map { _ in [Double]() }
        var own: [Double] = []
        var theirs = [GymnasiumVectors: [Double]]()
        for _ in 0..<repeats where !stop.isRequested {
            own.append(try bench.measure(seconds: seconds))
            for (place, neighbour) in neighbours.enumerated() {
                neighbourRates[place].append(try neighbour.bench.measure(seconds: seconds))
            }
            for vectors in others {
                let rate = try vectors.measure(spec.options, python: python.programHere, environments: groups * width, seconds: seconds)
                if let rate { theirs[vectors, default: []].append(rate) }
            }
        }
        guard !own.isEmpty else { return 130 }
        let rows =
            [("starling", own)] + zip(neighbours, neighbourRates).map { ($0.name, $1) }
            + others.compactMap { vectors in theirs[vectors].map { (vectors.rawValue, $0) } }
        let machine = Machine.current
        let report = EnvironmentReport(
            environment: spec.title, groups: groups, width: width, seconds: seconds, cores: machine.cores, processor: machine.processor,
            rows: rows.map { EnvironmentReport.Row($0.0, $0.1, beside: own) })
        print(json ? String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self) : report.text)
        return 0
    }
}
