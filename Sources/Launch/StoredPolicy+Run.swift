import Foundation
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingStorage

extension StoredPolicy {
    /// What a run came to, with its settings: the final checkpoint where there is one, else the newest good one.
    /// - Parameters:
    ///   - run: its directory.
    ///   - name: another environment of the same shapes; nil: the run's.
    ///   - assignments: of keys that are other than they were in the run.
    /// - Throws: what is missing, or doesn't fit.
    static func open(
        _ run: String, in name: String?, with assignments: [String] = [], _ program: Program
    ) throws -> (settings: RunSettings, place: EnvironmentSpec, policy: StoredPolicy) {
        let paths = RunPaths(run)
        guard FileManager.default.fileExists(atPath: paths.configuration) else {
            throw CommandError("\(run) holds no run: there is no config.yaml in it")
        }
        var settings = RunSettings(algorithms: program.algorithms)
        try settings.apply(StoredConfiguration.read(paths))
        try settings.apply(assignments: assignments)
        let own = try program.environments.entry(named: settings.environment).spec
        try settings.check(environment: own)
        let place = try name.map { try program.environments.entry(named: $0).spec } ?? own
        guard (place.observation, place.action) == (own.observation, own.action) else {
            throw CommandError("\(place.name) has other observations or actions than \(own.name), which \(run) was trained in")
        }
        let stored = try StoredPolicy(settings, own, CheckpointStore(paths)) { Program.complain("\($0)") }
        guard let stored else { throw CommandError("\(run) has no checkpoint that can be used") }
        return (settings, place, stored)
    }
}
