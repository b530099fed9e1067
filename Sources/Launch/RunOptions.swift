import ArgumentParser
import Foundation
import Logging
import StarlingConfiguration
import StarlingEnvironments
import StarlingLaunchActor
import StarlingLearning
import StarlingStorage

/// What `train` and `learner` have in common.
struct RunOptions: ParsableArguments {
    @Argument(help: "A recipe by name (see `starling list`) or the path of your own YAML file.")
    var recipe: String

    @Option(help: ArgumentHelp("Run directory (default: runs/RECIPE-NUMBER).", valueName: "dir"))
    var run: String?

    @Option(help: "Seed of everything random.")
    var seed: UInt64?

    @Option(help: "Environment steps to train on; 0 = no limit.")
    var frames: UInt64?

    @Flag(help: "Go on with the run in --run.")
    var resume = false

    @Option(help: "Log lines and progress for people (text), or for programs, on standard error (json).")
    var logFormat = LogFormat.text

    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key of the recipe; repeat as needed.", valueName: "key=value"))
    var assignments: [String] = []

    func validate() throws {
        if resume, run == nil { throw ValidationError("--resume needs the run directory: --run DIR") }
        if run == "" { throw ValidationError("--run needs the path of a directory") }
    }

    /// Tells why a run can't begin or go on.
    func complain(_ message: String) {
        switch logFormat {
        case .text: Program.complain(message)
        case .json: logFormat.makeLogger(label: "learner", context: { [run] in ["run": "\(run ?? "")"] })
                .critical("\(message)")
        }
    }

    /// Whether `--set` names this key.
    func assigns(_ key: String) -> Bool { assignments.contains { $0.hasPrefix(key + "=") } }

    /// Recipe, then options, then `--set`. A run that is resumed keeps its own settings instead of a recipe's;
    /// a file of the user's is applied over them.
    func settings(in program: Program) throws -> RunSettings {
        var settings = RunSettings()
        let file = try program.recipes.file(recipe)
        let isRecipe = program.recipes.contains(recipe)
        if resume, let run {
            let stored = RunPaths(run)
            guard FileManager.default.fileExists(atPath: stored.configuration) else {
                throw CommandError("\(run) holds no run to resume; start one without --resume")
            }
            try RunSettings.keys.apply(StoredConfiguration.read(stored), to: &settings)
            if isRecipe { try check(file, isFor: settings.environment, run) }
        }
        if !resume || !isRecipe { try RunSettings.keys.apply(file, to: &settings) }
        if let seed { settings.seed = seed }
        if let frames { settings.frames = frames }
        try RunSettings.keys.apply(assignments: assignments, to: &settings)
        return settings
    }

    /// Whoever resumes a run by another's recipe has mixed them up.
    private func check(_ file: RunFile, isFor environment: String, _ run: String) throws {
        var named = RunSettings()
        try RunSettings.keys.apply(file, to: &named)
        guard named.environment != environment else { return }
        throw CommandError(
            "\(run) is a run of \(environment), but the recipe '\(recipe)' is for \(named.environment); resume it with its own, or name another --run")
    }
}
