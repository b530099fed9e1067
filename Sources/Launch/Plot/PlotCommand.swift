import ArgumentParser
import Foundation
import StarlingMonitoring
import StarlingRecording

struct PlotCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draws the curves of runs, those of one recipe and other seeds as one with its spread, and tells what they came to.",
        discussion: """
            Curves are interquartile means over the runs of the same settings, bands their 95 % intervals by bootstrap; a run that ended before \
            others counts on with what it had. Folders of runs, as those of a sweep, stand for all that lie in them.
            """)

    @Argument(help: "Run directories, or folders of some.")
    var runs: [String]

    @Option(help: ArgumentHelp("What is drawn, a key of metrics.jsonl; return is mean_return.", valueName: "key"))
    var key = "return"

    @Option(help: ArgumentHelp("What it is drawn over: frames, seconds or updates.", valueName: "axis"))
    var over = Axis.frames

    @Option(help: ArgumentHelp("Write a picture instead of drawing in the terminal: FILE.svg or FILE.png.", valueName: "file"))
    var out: String?

    enum Axis: String, ExpressibleByArgument, CaseIterable {
        case frames, seconds, updates

        var column: String { self == .updates ? "update" : rawValue }
    }

    func validate() throws {
        if let out { try Figure.check(out) }
    }

    func run(in program: Program) throws -> Int32 {
        if let out { try OutputFile.check(out) }
        let overviews = try runs.flatMap { path in
            let found = RunOverview.all(at: path, program)
            guard !found.isEmpty else { throw CommandError("\(path) holds no run: there is no config.yaml in it, nor in folders below it") }
            return found
        }
        let column = key == "return" ? "mean_return" : key
        let groups = try RunCurves.groups(of: overviews, column, over: over.column, program)
        let figure = Figure(
            title: Set(groups.flatMap(\.runs).map(\.recipe)).sorted().joined(separator: ", "), xLabel: over.rawValue, yLabel: key,
            curves: groups.map { Figure.Curve($0.label, $0.points) })
        if let out {
            print(try figure.write(to: out))
        } else {
            let terminal = Terminal(STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
            for line in figure.lines(width: min(100, Terminal.width), on: terminal) { print(line) }
            print("")
        }
        for line in RunCurves.table(of: groups, key).lines(width: Terminal.tableWidth) { print(line) }
        return 0
    }
}
