import ArgumentParser
import Foundation
import StarlingActing
import StarlingBench
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingRecording
import StarlingThreads
import StarlingTrainingRun

struct ScheduleBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "Trains autoencoders by schedules that were learned and by others, and tells the ELBO on pictures that none has seen.",
        discussion: """
            RUNS are of the environment TrainingRun. All schedules train the same instances, which no run was trained on: their own initial rates \
            throughout, the best of six cosines (the best on these very instances), the initial rate halved on plateaus, choices at random, \
            and what each run's policy chooses. Differences are from the best cosine, with 95 % intervals by paired bootstrap.
            """)

    @Argument(help: "Run directories.")
    var runs: [String]

    @Option(help: "Trainings by each schedule, 1 to 10000.")
    var instances = 30

    @Option(help: ArgumentHelp("mixed or reference: which autoencoders.", valueName: "name"))
    var architecture = "mixed"

    @Option(help: ArgumentHelp("Other data than the first run's: a name in the folder of data, or a file.", valueName: "name or file"))
    var data: String?

    @Option(help: ArgumentHelp("Draw the learning rates of some instances: FILE.svg or FILE.png.", valueName: "file"))
    var out: String?

    @OptionGroup var python: PythonOptions

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    /// Instances whose rates are drawn.
    private static let drawn = 4
    /// Of the instances: no run is given these.
    private static let seed: UInt64 = 1_000_003

    func validate() throws {
        guard !runs.isEmpty else { throw ValidationError("name a run of the environment \(TrainingRun.name)") }
        guard (1...10_000).contains(instances) else { throw ValidationError("--instances takes 1 to 10000, not \(instances).") }
        if let out { try Figure.check(out) }
    }

    func run(in program: Program) throws -> Int32 {
        if let out { try OutputFile.check(out) }
        let stop = StopSignal.watch()
        defer { stop.close() }
        var assignments = ["environment.part=test", "environment.architecture=\(architecture)", "environment.reference=0"]
        if let data { assignments.append("environment.data=\(data)") }
        let policies = try runs.map { run in
            let environment = try StoredPolicy.settings(of: run, program).environment
            guard environment == TrainingRun.name else {
                throw CommandError("\(run) is a run of \(environment), and schedules are learned in \(TrainingRun.name)")
            }
            return try StoredPolicy.open(run, in: nil, with: assignments, program, python, stop)
        }
        var settings = TrainingRun.Settings()
        try settings.take(policies[0].place.options)
        let bench = ScheduleBench(
            // As an evaluation of this seed begins its episodes.
            (0..<instances).map {
                TrainingInstance(
                    episode: Seed.episode(0, of: Seed.mix(Self.seed, UInt64($0))), settings.part, settings.architecture)
            }, settings, TrainingFactory(try TrainingData.named(settings.data)))
        let baselines = bench.baselines { if !json { print("\($0.name): \($0.mean.text(2))") } }
        var learned: [ScheduleBench.Row] = []
        for (run, policy) in zip(runs, policies) {
            guard let row = try row(of: run, policy.policy, policy.place, policy.environments, bench, stop) else { return 130 }
            learned.append(row)
        }
        let report = ScheduleReport(baselines, learned: learned, bench.instances)
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(report), as: UTF8.self))
        } else {
            for line in Self.table(report).lines(width: Terminal.tableWidth) { print(line) }
        }
        if let out { print(try figure(of: learned[0], beside: baselines, bench).write(to: out)) }
        return 0
    }

    /// What a run's policy chooses, trained once more by these choices to be judged.
    private func row(
        of run: String, _ policy: StoredPolicy, _ place: EnvironmentSpec, _ environments: EnvironmentRegistry, _ bench: ScheduleBench,
        _ stop: StopSignal
    ) throws -> ScheduleBench.Row? {
        var chosen = [[Int]](repeating: [], count: instances)
        let request = EvaluationRequest(identifier: 1, version: policy.version, episodes: instances, seed: Self.seed)
        let report = try policy.play(
            request, in: place, environments,
            watch: { step in
                for (lane, isPlaying) in step.isPlaying.enumerated() where isPlaying {
                    chosen[step.firstEpisode + lane].append(Int(step.actions[lane]))
                }
            }, shouldStop: { stop.isRequested })
        guard let report else { return nil }
        var settings = bench.settings
        try settings.take(place.options)
        let (row, gains) = bench.row(run, chosen: chosen, of: settings.factors)
        // But for those that diverged, which cost what no training gains.
        let same = zip(report.returns, gains).count { abs(Double($0) - $1) < 0.01 }
        guard 2 * same > instances else {
            throw CommandError("\(run): only \(same) of \(instances) trainings gained what they gained when they were played")
        }
        return row
    }

    private static func table(_ report: ScheduleReport) -> TextTable {
        var table = TextTable([
            .init("schedule", .leading), .init("ELBO, nats"), .init("least"), .init("over cosine"), .init("95 %"),
        ])
        for row in report.rows {
            table.append([
                row.name, row.elbo.text(2), row.least.text(2), row.overCosine.mean.text(2),
                "\(row.overCosine.low.text(2)) to \(row.overCosine.high.text(2))",
            ])
        }
        return table
    }

    /// On one axis: the rates of four instances by the first run, the cosine's, and one that stays.
    private func figure(of learned: ScheduleBench.Row, beside baselines: [ScheduleBench.Row], _ bench: ScheduleBench) -> Figure {
        func curve(_ name: String, _ rates: [Float]) -> Figure.Curve {
            Figure.Curve(
                name,
                rates.enumerated().map { decision, rate in
                    let y = log10(Double(max(rate, ControlFactor.rateBounds.lowerBound)))
                    return .init(x: Double(decision * bench.settings.updatesPerDecision), y: y, low: y, high: y)
                })
        }
        // From the lowest initial rate to the highest.
        let order = bench.instances.indices.sorted { bench.instances[$0].rate < bench.instances[$1].rate }
        let count = min(Self.drawn, order.count)
        let shown = (0..<count).map { order[$0 * (order.count - 1) / max(1, count - 1)] }
        let curves =
            shown.map { curve("learned, from \(Double(bench.instances[$0].rate).text(5))", learned.rates[$0]) }
            + [
                curve(baselines[ScheduleBench.bestCosine].name, baselines[ScheduleBench.bestCosine].rates[0]),
                curve(
                    "initial rate \(Double(bench.instances[shown[0]].rate).text(5))",
                    baselines[ScheduleBench.initialRate].rates[shown[0]]),
            ]
        return Figure(title: "Schedules", xLabel: "updates", yLabel: "log10 of the learning rate", curves: curves)
    }
}
