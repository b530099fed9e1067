import ArgumentParser
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingMonitoring
import StarlingStorage

struct ListCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Names the recipes, environments and algorithms, or the runs in a folder.")

    enum Subject: ExpressibleByArgument, Equatable {
        case recipes, environments, algorithms, runs
        /// A path: the runs there.
        case folder(String)

        private static let words: [(name: String, subject: Subject)] = [
            ("recipes", .recipes), ("environments", .environments), ("algorithms", .algorithms), ("runs", .runs),
        ]

        static let allValueStrings = words.map(\.name)

        init?(argument: String) {
            if let word = Self.words.first(where: { $0.name == argument }) {
                self = word.subject
            } else if argument.contains("/") {
                self = .folder(argument)
            } else {
                return nil
            }
        }
    }

    @Argument(help: "What to name (default: all but the runs); a path is a run, or a folder of some.")
    var subject: Subject?

    @Argument(help: ArgumentHelp("Where the runs lie (default: runs).", valueName: "folder"))
    var folder: String?

    @Flag(help: "Print every key of a recipe with its default and reason, as a recipe, and nothing else.")
    var keys = false

    func run(in program: Program) -> Int32 {
        guard !keys else {
            let settings = RunSettings(algorithms: program.algorithms)
            print(settings.keys.yaml(of: settings, reasons: true), terminator: "")
            return 0
        }
        func wants(_ other: Subject) -> Bool { subject.map { $0 == other } ?? true }
        if let place = runFolder {
            printRuns(at: place, program)
            return 0
        }
        if wants(.recipes) {
            let width = program.algorithms.entries.map(\.name.count).max() ?? 0
            let recipes = program.recipes.recipes.map { ($0.name, $0.algorithm.padding(to: width) + "  " + $0.summary) }
            section("Recipes, with their algorithms", recipes)
        }
        if wants(.environments) {
            section("Environments", program.tellingOfOthers.environments.entries.map { ($0.name, description(of: $0)) })
        }
        if wants(.algorithms) { section("Algorithms", program.algorithms.entries.map { ($0.name, $0.summary) }) }
        return 0
    }

    /// nil where runs aren't asked for.
    private var runFolder: String? {
        switch subject {
        case .runs: folder ?? "runs"
        case .folder(let path): path
        default: nil
        }
    }

    private func printRuns(at place: String, _ program: Program) {
        let runs = RunOverview.all(at: place, program)
        guard !runs.isEmpty else { return print("no runs in \(place)") }
        var table = TextTable([
            .init("run", .leading), .init("recipe", .leading), .init("return"), .init("frames"), .init("state", .leading), .init("size"),
        ])
        for run in runs {
            table.append([
                run.paths.root, run.recipe, run.returnText, Quantity.grouped(run.frames), run.stateText, Quantity.bytes(run.byteCount),
            ])
        }
        for line in table.lines(width: Terminal.tableWidth) { print(line) }
    }

    func validate() throws {
        guard folder == nil || subject == .runs else { throw ValidationError("only runs lie in a folder: `list runs \(folder ?? "")`") }
    }

    private func description(of entry: EnvironmentRegistry.Entry) -> String {
        let names = entry.options.map { $0.map(\.name) } ?? []
        let options = names.isEmpty ? "" : " Options: \(names.joined(separator: ", "))."
        guard !entry.needsOptions else { return entry.summary + options }
        let sentence = (entry.summary.isEmpty ? entry.spec.sentence : "\(entry.summary) \(entry.spec.sentence)") + options
        do {
            try entry.check()
            return sentence
        } catch {
            return "\(sentence) \(error)."
        }
    }

    private func section(_ title: String, _ lines: [(name: String, summary: String)]) {
        print(title)
        let width = lines.map(\.name.count).max() ?? 0
        for line in lines {
            let space = String(repeating: " ", count: width - line.name.count + 2)
            print("  \(line.name)\(space)\(line.summary)")
        }
    }
}

extension EnvironmentSpec {
    /// Shapes and scalars of observations and actions, for people.
    var sentence: String {
        let actions =
            switch action {
            case .discrete(let count): "actions 0 ..< \(count) int32"
            case .multiDiscrete(let counts): "actions [\(counts.count)] int32 below \(counts)"
            case .continuous(let low, let high): "actions [\(low.count)] float32 from \(low) to \(high)"
            }
        let seen = observation.parts.isEmpty ? "\(observation.shape) \(observation.scalar)" : "\(observation)"
        return "Observations \(seen), \(actions)\(masksActions ? ", with masks" : "")\(tellsCost ? ", with costs" : "")."
    }
}
