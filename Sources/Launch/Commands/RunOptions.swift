import ArgumentParser
import Foundation
import Logging
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingLaunchActor
import StarlingLearning
import StarlingStorage

/// What `train` and `learner` have in common.
struct RunOptions: ParsableArguments {
    @Argument(help: "A recipe by name (see `\(Build.program) list`) or the path of your own YAML file; not needed with --resume.")
    var recipe: String?

    @Option(help: ArgumentHelp("Run directory (default: runs/RECIPE-NUMBER).", valueName: "dir"))
    var run: String?

    @Option(help: "Seed of everything random.")
    var seed: UInt64?

    @Option(help: "Environment steps to train on, such as 500000, 500k or 5e5; 0 = no limit.")
    var frames: FrameCount?

    @Flag(help: "Go on with the run in --run.")
    var resume = false

    @Flag(help: "Go on with the run in --run if it has begun: what a service is started with, again and again.")
    var resumeOrBegin = false

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "Begin with what another run has learned, or with a safetensors file; what latent.frozen names stays as it is.",
            valueName: "dir|file"))
    var source: String?

    @Option(help: ArgumentHelp("Of --from these modules alone: encoder,policy (default: all that it has).", valueName: "modules"))
    var take: String?

    /// Modules of `--take`.
    var wanted: [String]? { take?.split(separator: ",").map(String.init) }

    @OptionGroup var http: HTTPOptions

    @OptionGroup var log: LogOptions

    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key of the recipe; repeat as needed.", valueName: "key=value"))
    var assignments: [String] = []

    mutating func validate() throws {
        if resumeOrBegin {
            guard let run else { throw ValidationError("--resume-or-begin needs the run directory: --run DIR") }
            if FileManager.default.fileExists(atPath: RunPaths(run).configuration) { (resume, source, take) = (true, nil, nil) }
        }
        if recipe == nil, !resume {
            throw ValidationError(
                "name a recipe (`list` names them) or the path of your own YAML file, or go on with a run: --resume --run DIR")
        }
        if resume, source != nil { throw ValidationError("--from is for a run that begins, and --resume goes on with one") }
        if take != nil, source == nil { throw ValidationError("--take chooses from what --from names") }
        if resume, run == nil { throw ValidationError("--resume needs the run directory: --run DIR") }
        if run == "" { throw ValidationError("--run needs the path of a directory") }
    }

    /// What a run is called: its recipe, or where it goes on.
    var title: String { recipe ?? run.flatMap { StoredConfiguration.recipe(RunPaths($0)) } ?? run ?? "" }

    /// Says something on standard output, or as `--log-format` wants it.
    func tell(_ lines: [String]) {
        switch log.format {
        case .text: for line in lines { print(line) }
        case .json:
            let logger = log.format.makeLogger(label: "learner", context: { [run] in ["run": "\(run ?? "")"] })
            for line in lines { logger.info("\(line)") }
        }
    }

    /// Tells why a run can't begin or go on.
    func complain(_ message: String) {
        switch log.format {
        case .text: Program.complain(message)
        case .json:
            log.format.makeLogger(label: "learner", context: { [run] in ["run": "\(run ?? "")"] })
                .critical("\(message)")
        }
    }

    /// Whether nothing names an environment, neither the recipe nor the command line.
    func lacksEnvironment(in program: Program) -> Bool {
        guard !resume, let recipe, let file = try? program.recipes.file(recipe) else { return false }
        func names(_ key: String) -> Bool { key == "environment" || key.hasPrefix("environment.") }
        return !file.settings.contains { names($0.name) } && !assignments.contains { names(String($0.prefix { $0 != "=" })) }
    }

    /// Whether `--set` names this key.
    func assigns(_ key: String) -> Bool { assignments.contains { $0.hasPrefix(key + "=") } }

    /// Recipe, then options, then `--set`. A run that is resumed keeps its own settings instead of a recipe's;
    /// a file of the user's is applied over them. It needs neither.
    func settings(in program: Program) throws -> RunSettings {
        var settings = RunSettings(algorithms: program.algorithms)
        let file = try recipe.map { name throws(ConfigurationError) in try program.recipes.file(name) }
        let isRecipe = recipe.map(program.recipes.contains) ?? false
        if resume, let run {
            let stored = RunPaths(run)
            guard FileManager.default.fileExists(atPath: stored.configuration) else {
                throw CommandError("\(run) holds no run to resume; start one without --resume")
            }
            let own = try StoredConfiguration.read(stored)
            try settings.check(sectionsOf: own.settings)
            try settings.apply(own)
            if let file, isRecipe { try check(file, isOf: settings, run) }
        }
        if let file, !resume || !isRecipe {
            try settings.check(sectionsOf: file.settings)
            try settings.apply(file)
        }
        if let seed { settings.seed = seed }
        if let frames { settings.frames = frames.count }
        try settings.apply(assignments: assignments)
        settings.settleFiles()
        return settings
    }

    /// Whoever resumes a run by another's recipe has mixed them up.
    private func check(_ file: RunFile, isOf settings: RunSettings, _ run: String) throws {
        var named = RunSettings(algorithms: settings.algorithms)
        try named.apply(file)
        let environment = settings.environment
        // A library stands in the place of what the recipe names.
        guard named.environment != environment, settings.libraryPath == nil else { return }
        throw CommandError(
            "\(run) is a run of \(environment), but the recipe '\(title)' is for \(named.environment); resume it with its own, or name another --run"
        )
    }
}
