import ArgumentParser
import Foundation
import StarlingAlgorithms
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingStorage
import StarlingThreads

struct ShowCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tells what a recipe says and why, or what became of a run: its model, history and latents.",
        discussion: "A name without a slash that a recipe has is the recipe; `./NAME` is a run directory then.")

    @Argument(help: "A recipe by name, the path of your own YAML file, or a run directory.")
    var subject: String

    @Option(help: ArgumentHelp("Write what a run's latents are as one page for a browser, which needs no network.", valueName: "file"))
    var html: String?

    @Option(help: "Seed of the episodes that --html looks at.")
    var seed: UInt64 = 1

    @OptionGroup var python: PythonOptions

    func run(in program: Program) throws -> Int32 {
        if let html {
            try OutputFile.check(html)
            let stop = StopSignal.watch()
            defer { stop.close() }
            try LatentPage(subject, seed: seed, program, python, stop).write(to: html)
            return 0
        }
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: subject, isDirectory: &isFolder)
        let lines =
            exists && isFolder.boolValue && !program.recipes.contains(subject)
            ? try RunPage(subject, program).lines : try RecipePage(subject, program).lines
        for line in lines { print(line) }
        return 0
    }
}

/// A recipe for people: its own words, and what they make.
struct RecipePage {
    let lines: [String]

    init(_ name: String, _ program: Program) throws {
        let file = try program.recipes.file(name)
        let own = program.recipes.recipes.first { $0.name == name }?.text
        let text = try own ?? String(contentsOfFile: name, encoding: .utf8)
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(file)
        lines =
            text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + ModelPage(settings, program).lines + [
                "",
                "All else is as by default: `list --keys` prints every key with its reason.",
                "Train it: \(Program.invocation) train \(name)",
            ]
    }
}

/// What the settings make: environment, algorithm, model.
struct ModelPage {
    let lines: [String]

    /// - Parameter parameters: names and shapes of a checkpoint's; nil: those of the model alone, without an algorithm's own.
    init(_ settings: RunSettings, _ program: Program, parameters: [(name: String, shape: [Int])]? = nil) {
        let summary = (try? program.algorithms.entry(named: settings.algorithm))?.summary ?? "not in this program"
        var lines = ["Environment  \(settings.withoutSecrets.environmentText)"]
        let environment = try? program.tellingOfOthers.environments.entry(named: settings.environment).spec(settings.environmentOptions)
        if let environment { lines[0] += ". \(environment.sentence)" }
        lines.append("Algorithm    \(settings.algorithm): \(summary)")
        var shapes = parameters
        if shapes == nil, let environment, (try? settings.check(environment: environment)) != nil {
            let policy = LatentPolicy(model: settings.modelSpec(for: environment), environment: environment)
            shapes = policy.layout.slots.map { ($0.name, $0.dims) }
        }
        if let shapes { lines += ["Model"] + Self.modules(shapes) }
        self.lines = lines
    }

    /// A module a line, in the order of its parameters.
    private static func modules(_ parameters: [(name: String, shape: [Int])]) -> [String] {
        var names: [String] = []
        for parameter in parameters where !names.contains(ParameterSpec.module(of: parameter.name)) {
            names.append(ParameterSpec.module(of: parameter.name))
        }
        var table = TextTable([.init("module", .leading), .init("parameters"), .init("shapes", .leading)])
        func count(_ shape: [Int]) -> Int { shape.reduce(1, *) }
        for name in names {
            let own = parameters.filter { ParameterSpec.module(of: $0.name) == name }
            // A bias says nothing that its weights don't.
            let shapes = own.filter { $0.shape.count > 1 }.map { $0.shape.map(String.init).joined(separator: "×") }
            let shown = shapes.count > shapeLimit ? shapes.prefix(shapeLimit) + ["…"] : shapes[...]
            table.append([name, Quantity.grouped(own.reduce(0) { $0 + count($1.shape) }), shown.joined(separator: " ")])
        }
        table.append(["all", Quantity.grouped(parameters.reduce(0) { $0 + count($1.shape) }), ""])
        return table.lines(width: .max).map { "  " + $0 }
    }

    private static let shapeLimit = 5
}
