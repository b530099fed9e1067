import ArgumentParser
import Foundation
import StarlingActing
import StarlingBridge
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingThreads

struct PlayCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Shows what a run learned: plays episodes and draws them in the terminal, or writes them down.",
        discussion: """
            Takes the run's final checkpoint where there is one, else the newest good one. Of episodes that write sequences (Melody, \
            OracleText, DigitDrawing) it tells what can be measured of all. With --record these become a file of data, FILE.safetensors; or \
            the first \(MelodyRecording.melodyLimit) melodies a MIDI file, a piano roll (PNG) and, where fluidsynth is installed, sound \
            (WAV); or drawings one picture (PNG). Of other environments --record writes the first episode, with what the decoder makes of each \
            observation beside it: FILE.gif, FILE.png (some moments), or FILE.mp4 where ffmpeg is installed.
            Defaults: 1 episode, by the rule greedy as `evaluate` has it; 1000 sequences, by the rule of the run's actors, since greedy ones are \
            all alike; temperature that of the actors.
            """)

    @Argument(help: "A run directory.")
    var run: String

    @OptionGroup var options: EpisodeOptions

    @Option(help: ArgumentHelp("Write the episode, or sequences, to this file instead of drawing in the terminal.", valueName: "file"))
    var record: String?

    @OptionGroup var python: PythonOptions

    @Option(help: "Frames a second in a terminal, 1 to 1000.")
    var rate = 15

    func validate() throws {
        guard (1...1000).contains(rate) else { throw ValidationError("--rate takes 1 to 1000, not \(rate).") }
    }

    func run(in program: Program) throws -> Int32 {
        if let record { try OutputFile.check(record) }
        let stop = StopSignal.watch()
        defer { stop.close() }
        let (settings, place, stored, environments) = try StoredPolicy.open(
            run, options.checkpoint ?? .result, in: options.environment, program, python, stop, renders: true)
        let measure = SequenceReport.measuring(place)
        if let record, measure != nil { try SequenceFile.check(place, record) }
        var scalars = settings.actingScalars
        if let temperature = options.temperature { scalars.temperature = temperature }
        let request = EvaluationRequest(
            identifier: 1, version: stored.version, episodes: options.episodes ?? (measure == nil ? 1 : 1000), seed: options.chosenSeed,
            rule: options.chosenRule ?? (measure == nil ? .greedy : settings.actingRule), scalars: scalars)
        if let measure {
            return try write(request, stored, place, program, measured: measure) { stop.isRequested }
        }
        let view = TerminalView(framesPerSecond: rate)
        guard try Self.drawsItself(environments.entry(for: place), place) else {
            let isOfPython = place.name == PythonSettings.environment
            let need = isOfPython ? "; it needs render_mode=\"rgb_array\" and a render() that gives bytes [height, width, 3]" : ""
            throw CommandError("\(place.title) can't draw itself: `evaluate` tells its returns\(need)")
        }
        let recording = try record.map { try EpisodeRecording($0, framesPerSecond: rate) }
        let sample = recording.map { _ in stored.makeSample(seed: request.seed) }
        let report = try stored.play(
            request, in: place, environments, sample: sample, lanes: 1, watch: recording?.note ?? view.show,
            shouldStop: { stop.isRequested })
        guard let report else { return 130 }
        for (episode, value) in report.returns.enumerated() {
            print("episode \(episode + 1): return \(Quantity.meanReturn(Double(value))), rule \(report.rule)")
        }
        if let recording, let sample {
            for line in try recording.write(stored.reconstructed(sample)) { print(line) }
        }
        return 0
    }

    private static func drawsItself(_ entry: EnvironmentRegistry.Entry, _ place: EnvironmentSpec) throws -> Bool {
        let batch = try entry.makeBatches(place, groups: 1, width: 1)[0]
        try withUnsafeTemporaryAllocation(byteCount: batch.spec.observation.byteCount, alignment: 64) {
            try batch.reset(seeds: [0], into: $0)
        }
        return batch.picture(of: 0) != nil
    }

    private func write(
        _ request: EvaluationRequest, _ stored: StoredPolicy, _ place: EnvironmentSpec, _ program: Program,
        measured measure: ([[UInt16]]) throws -> SequenceReport, shouldStop: () -> Bool
    ) throws -> Int32 {
        let written = WrittenSequences(count: request.episodes)
        guard let report = try stored.play(request, in: place, program.environments, watch: written.note, shouldStop: shouldStop) else {
            return 130
        }
        let mean = report.returns.reduce(0) { $0 + Double($1) } / Double(report.returns.count)
        let count = report.returns.count
        print("\(count) sequences with parameters \(report.version), rule \(report.rule): mean return \(Quantity.meanReturn(mean))")
        for line in try measure(written.tokens).lines { print(line) }
        if let record {
            for line in try SequenceFile.write(written.tokens, of: place, to: record) { print(line) }
        }
        return 0
    }
}
