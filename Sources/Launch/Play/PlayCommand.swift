import ArgumentParser
import Foundation
import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLearning
import StarlingMonitoring
import StarlingThreads

struct PlayCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Shows what a run learned: plays episodes and draws them in the terminal, or writes them down.",
        discussion: """
            Takes the run's final checkpoint where there is one, else the newest good one. Melody isn't drawn but told what its rules \
            say of all episodes; with --record its first \(MelodyRecording.melodyLimit) melodies become a MIDI file, a piano roll (PNG) \
            and, where fluidsynth is installed, sound (WAV).
            """)

    @Argument(help: "A run directory.")
    var run: String

    @Option(help: "Episodes to play (default: 1, of Melody 1000).")
    var episodes: Int?

    @Option(help: ArgumentHelp("Write them to this file, and what goes with it beside it: of Melody.", valueName: "file"))
    var record: String?

    @Option(help: ArgumentHelp("Another environment of the same shapes (default: the run's).", valueName: "name"))
    var environment: String?

    @Option(help: "Seed of the episodes (default: a fresh one).")
    var seed: UInt64?

    @Option(
        help: "How actions are chosen (values: \(EvaluateCommand.rules); default: as the run's actors chose them).",
        transform: EvaluateCommand.rule(named:))
    var rule: ActingRule?

    @Option(help: "Temperature of the rule boltzmann, 0.0001 to 10000.")
    var temperature: Float?

    @Option(help: "Frames a second in a terminal, 1 to 1000.")
    var rate = 15

    func validate() throws {
        if let episodes, !(1...1_000_000).contains(episodes) {
            throw ValidationError("--episodes takes 1 to 1000000, not \(episodes).")
        }
        if let temperature, !ActingScalars.temperatures.contains(temperature) {
            throw ValidationError("--temperature takes 0.0001 to 10000, not \(temperature).")
        }
        guard (1...1000).contains(rate) else { throw ValidationError("--rate takes 1 to 1000, not \(rate).") }
    }

    func run(in program: Program) throws -> Int32 {
        let (settings, place, stored) = try StoredPolicy.open(run, in: environment, program)
        let isMelody = place.name == Melody.name
        if record != nil, !isMelody {
            throw CommandError(
                "--record writes melodies, and \(place.name) has none: without it, play draws in the terminal")
        }
        var scalars = settings.actingScalars
        if let temperature { scalars.temperature = temperature }
        let request = EvaluationRequest(
            identifier: 1, version: stored.version, episodes: episodes ?? (isMelody ? 1000 : 1),
            seed: seed ?? UInt64.random(in: .min ... .max), rule: rule ?? settings.actingRule, scalars: scalars)
        let stop = StopSignal.watch()
        defer { stop.close() }
        if isMelody {
            return try compose(request, stored, place, program) { stop.isRequested }
        }
        let view = TerminalView(framesPerSecond: rate)
        guard try Self.drawsItself(program.environments.entry(for: place)) else {
            throw CommandError("\(place.name) can't draw itself: `evaluate` tells its returns")
        }
        let report = try stored.play(request, in: place, program.environments, lanes: 1, watch: view.show, shouldStop: { stop.isRequested })
        guard let report else { return 130 }
        for (episode, value) in report.returns.enumerated() {
            print("episode \(episode + 1): return \(Quantity.meanReturn(Double(value)))")
        }
        return 0
    }

    private static func drawsItself(_ entry: EnvironmentRegistry.Entry) throws -> Bool {
        let batch = try entry.makeBatch(count: 1)
        withUnsafeTemporaryAllocation(byteCount: batch.spec.observation.byteCount, alignment: 64) { batch.reset(seeds: [0], into: $0) }
        return batch.picture(of: 0) != nil
    }

    private func compose(
        _ request: EvaluationRequest, _ stored: StoredPolicy, _ place: EnvironmentSpec, _ program: Program, shouldStop: () -> Bool
    ) throws -> Int32 {
        let tokens = WrittenTokens(count: request.episodes)
        guard let report = try stored.play(request, in: place, program.environments, watch: tokens.note, shouldStop: shouldStop) else {
            return 130
        }
        let mean = report.returns.reduce(0) { $0 + Double($1) } / Double(report.returns.count)
        print("\(report.returns.count) melodies with parameters \(report.version): mean return \(Quantity.meanReturn(mean))")
        for line in MelodyReport(tokens.melodies).lines { print(line) }
        if let record {
            for line in try MelodyRecording(tokens.melodies).write(to: record) { print(line) }
        }
        return 0
    }
}

/// The actions of episodes, as tokens that were written.
private final class WrittenTokens {
    private(set) var melodies: [[UInt8]]

    init(count: Int) { melodies = Array(repeating: [], count: count) }

    func note(_ row: PlayedRow) {
        for (place, isPlaying) in row.isPlaying.enumerated() where isPlaying {
            melodies[row.firstEpisode + place].append(UInt8(row.actions[place]))
        }
    }
}
