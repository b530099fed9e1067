import ArgumentParser
import StarlingConfiguration
import StarlingEnvironments
import StarlingLearning

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

    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key of the recipe; repeat as needed.", valueName: "key=value"))
    var assignments: [String] = []

    func validate() throws {
        if resume, run == nil { throw ValidationError("--resume needs the run directory: --run DIR") }
    }

    /// Whether `--set` names this key.
    func assigns(_ key: String) -> Bool { assignments.contains { $0.hasPrefix(key + "=") } }

    /// Recipe, then options, then `--set`.
    func settings(in program: Program) throws -> RunSettings {
        var settings = try program.recipes.settings(recipe)
        if let seed { settings.seed = seed }
        if let frames { settings.frames = frames }
        try RunSettings.keys.apply(assignments: assignments, to: &settings)
        return settings
    }
}
