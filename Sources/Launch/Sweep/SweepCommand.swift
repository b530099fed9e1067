import ArgumentParser
import Foundation
import StarlingAlgorithms
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingThreads

struct SweepCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Trains a recipe with other settings, over several seeds, and tells which is best.",
        discussion: """
            Every combination of the values of all --set is a trial, or with --random N so many that are drawn. Runs are made one after the \
            other, in folders below --out; the same command goes on where it was stopped. With --halving all trials get a part of the frames, \
            the better half twice as many, and so on, until one has all.
              \(Build.program) sweep cartpole --set vtrace.discount=0.98,0.99 --set optimizer.learning_rate=0.0005,0.001 --seeds 1..3
              \(Build.program) sweep cartpole --set optimizer.learning_rate=0.0001..0.01 --random 8 --halving
            """)

    @Argument(help: "A recipe by name or the path of your own YAML file.")
    var recipe: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Values to try for a key, or with --random a range to draw from; repeat as needed.", valueName: "key=a,b,c"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("Seeds of a trial's runs: 1..5, or 1,2,7.", valueName: "seeds"))
    var seeds = SeedList([1])

    @Option(help: ArgumentHelp("Trials to draw, instead of all combinations.", valueName: "n"))
    var random: Int?

    @Option(help: "Seed of what is drawn.")
    var drawSeed: UInt64 = 1

    @Flag(help: "Give all trials a part of the frames, and all of them to those alone that are best with it (Jamieson & Talwalkar 2016).")
    var halving = false

    @Option(help: "Environment steps of a run (default: the recipe's).")
    var frames: FrameCount?

    @Option(help: ArgumentHelp("Where the runs go (default: runs/sweep-RECIPE-NUMBER).", valueName: "folder"))
    var out: String?

    @Option(
        parsing: .remaining,
        help: ArgumentHelp("What else `train` is told, the last of all: --train --serial --actors 1.", valueName: "options"))
    var train: [String] = []

    private static let trialLimit = 10_000
    /// Less than that part of all frames says nothing.
    private static let leastShare = 1.0 / 16

    func validate() throws {
        guard !assignments.isEmpty else { throw ValidationError("a sweep has settings to try: --set key=a,b,c") }
        if let random, !(1...Self.trialLimit).contains(random) {
            throw ValidationError("--random takes 1 to \(Self.trialLimit), not \(random).")
        }
    }

    func run(in program: Program) throws -> Int32 {
        let stop = StopSignal.watch()
        defer { stop.close() }
        let grid = try SweepGrid(assignments)
        let combinations = try random.map { grid.drawn($0, seed: drawSeed) } ?? grid.all
        guard combinations.count <= Self.trialLimit else {
            throw CommandError("\(combinations.count) combinations are too many: draw some, --random N")
        }
        let budget = try check(combinations, program)
        let name = URL(fileURLWithPath: recipe).deletingPathExtension().lastPathComponent
        let sweep = Sweep(
            folder: out ?? Sweep.freeFolder("runs/sweep-\(name)"), seeds: seeds.seeds, arguments: ["train", recipe] + train,
            shouldStop: { stop.isRequested }, tell: { print($0) })
        let trials = combinations.enumerated().map {
            Sweep.Trial(assignments: $1, folder: Sweep.folder(for: $1, number: $0 + 1))
        }
        guard let done = try halving ? halve(trials, sweep, frames: budget) : all(trials, sweep, budget) else {
            Program.complain("stopped; the same command with --out \(sweep.folder) goes on")
            return 130
        }
        conclude(halving ? SweepTable(ranked: done) : SweepTable(done), sweep, program)
        return done.allSatisfy { trial in trial.outcomes.allSatisfy { $0.summary != nil } } ? 0 : 1
    }

    /// Before the first run begins.
    /// - Returns: frames of a run where the recipe doesn't say.
    private func check(_ combinations: [[String]], _ program: Program) throws -> UInt64? {
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(program.recipes.file(recipe))
        let known = program.environments.entries.contains { $0.name == settings.environment && !$0.needsOptions }
        var algorithms: Set<String> = []
        for combination in combinations {
            var own = settings
            try own.apply(assignments: combination)
            algorithms.insert(own.algorithm)
            guard known else { continue }
            try own.check(environment: program.environments.entry(named: own.environment).spec(own.environmentOptions))
        }
        for assignment in combinations.first ?? [] {
            let section = String(assignment.prefix { $0 != "." && $0 != "=" })
            guard program.algorithms.entries.contains(where: { $0.name == section }), !algorithms.contains(section) else { continue }
            throw CommandError(
                "--set \(assignment) changes nothing: the algorithm is \(settings.algorithm), whose keys begin with \(settings.algorithm).")
        }
        let frames = frames?.count
        guard frames ?? settings.frames > 0 else { throw CommandError("\(recipe) has no end: say how long a run is, --frames N") }
        return halving ? frames ?? settings.frames : frames
    }

    private func all(_ trials: [Sweep.Trial], _ sweep: Sweep, _ frames: UInt64?) throws -> [Sweep.Trial]? {
        var done: [Sweep.Trial] = []
        for trial in trials {
            guard let trial = try sweep.run(trial, frames: frames) else { return nil }
            done.append(trial)
        }
        return done
    }

    /// Successive halving: those that are left go on where they were.
    private func halve(_ trials: [Sweep.Trial], _ sweep: Sweep, frames: UInt64?) throws -> [Sweep.Trial]? {
        guard let frames else { return nil }
        var (left, ended, share) = (trials, [Sweep.Trial](), 1.0)
        while share / 2 >= Self.leastShare, Double(trials.count) * share > 1 { share /= 2 }
        while true {
            let part = UInt64((Double(frames) * share).rounded(.up))
            print("\(left.count) trial\(left.count == 1 ? "" : "s") with \(part.formatted()) frames")
            guard let done = try all(left, sweep, part) else { return nil }
            let sorted = SweepTable(done).trials
            guard share < 1 else { return sorted + ended }
            let kept = max(1, (sorted.count + 1) / 2)
            ended = Array(sorted[kept...]) + ended
            (left, share) = (Array(sorted[..<kept]), share * 2)
        }
    }

    private func conclude(_ table: SweepTable, _ sweep: Sweep, _ program: Program) {
        print("")
        for line in table.lines(width: Terminal.tableWidth) { print(line) }
        print("\n\(SweepTable.footnote)")
        for trial in table.trials {
            for case .failed(let words) in trial.outcomes { print("failed: \(trial.assignments.joined(separator: ", ")): \(words)") }
        }
        print("Runs: \(sweep.folder); `\(Program.invocation) plot \(sweep.folder)` draws them")
        if let best = table.best {
            let settings = best.assignments.flatMap { ["--set", $0] }
            print("Best: \(RunEnding.command(["train", recipe] + (frames.map { ["--frames", "\($0.count)"] } ?? []) + settings + train))")
        }
    }
}
