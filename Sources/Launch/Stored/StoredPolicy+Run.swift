import Foundation
import StarlingAlgorithms
import StarlingBridge
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingStorage
import StarlingThreads

extension StoredPolicy {
    /// The settings of a run.
    /// - Throws: where there is none.
    static func settings(of run: String, _ program: Program) throws -> RunSettings {
        let paths = RunPaths(run)
        guard FileManager.default.fileExists(atPath: paths.configuration) else {
            throw CommandError("\(run) holds no run: there is no config.yaml in it")
        }
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(StoredConfiguration.read(paths))
        return settings
    }

    /// What a run came to, with its settings: the final checkpoint where there is one, else the newest good one; or another.
    /// - Parameters:
    ///   - run: its directory.
    ///   - checkpoint: which of its checkpoints.
    ///   - name: another environment of the same shapes, or the file of a library's; nil: the run's.
    ///   - assignments: of keys that are other than they were in the run.
    /// - Throws: what is missing, or doesn't fit.
    static func open(
        _ run: String, _ checkpoint: CheckpointChoice = .result, in name: String?, with assignments: [String] = [], _ program: Program,
        _ python: PythonOptions, _ stop: StopSignal,
        renders: Bool = false
    ) throws -> (settings: RunSettings, place: EnvironmentSpec, policy: StoredPolicy, environments: EnvironmentRegistry) {
        var settings = try Self.settings(of: run, program)
        try settings.apply(assignments: assignments.filter { !isOfEnvironment($0) })
        var elsewhere = settings
        try elsewhere.apply(assignments: assignments.filter(isOfEnvironment))
        elsewhere.settleFiles()
        let library = name.flatMap(LibrarySettings.named)
        if let library { elsewhere.take(library) }
        let log = LogOptions(level: .warning)
        let environments = try program.adding(python, for: elsewhere, log, stop, renders: renders).environments
        let own = try program.adding(python, for: settings, log, stop).environments.entry(named: settings.environment)
            .spec(settings.environmentOptions)
        try settings.check(environment: own)
        var place = own
        if let name, library == nil {
            place = try environments.entry(named: name).spec(EnvironmentOptions())
        } else if elsewhere.environmentText != settings.environmentText {
            place = try environments.entry(named: elsewhere.environment).spec(elsewhere.environmentOptions)
        }
        guard (place.observation, place.action) == (own.observation, own.action) else {
            throw CommandError("\(place.title) has other observations or actions than \(own.title), which \(run) was trained in")
        }
        let chosen = try checkpoint.parameters(in: CheckpointStore(RunPaths(run)), of: run) { Program.complain("\($0)") }
        let stored = try StoredPolicy(settings, own, chosen.version, chosen.parameters)
        return (settings, place, stored, environments)
    }

    private static func isOfEnvironment(_ assignment: String) -> Bool { assignment.hasPrefix("environment") }
}
