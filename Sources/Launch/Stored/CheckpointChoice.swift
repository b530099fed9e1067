import ArgumentParser
import StarlingExperience
import StarlingSafetensors
import StarlingStorage

/// Which of a run's checkpoints is played.
enum CheckpointChoice: ExpressibleByArgument, Equatable {
    /// The final one where there is one, else the newest good one.
    case result
    case final
    /// What the best greedy evaluation was of: see `evaluation.every`.
    case best
    case newest
    case version(ParameterVersion)

    init?(argument: String) {
        switch argument {
        case "final": self = .final
        case "best": self = .best
        case "newest": self = .newest
        default:
            guard let version = ParameterVersion(folder: argument) else { return nil }
            self = .version(version)
        }
    }

    /// - Parameter told: of each checkpoint that can't be used where another can.
    /// - Throws: where the one that is asked for isn't there or can't be used.
    func parameters(
        in store: CheckpointStore, of run: String, told: (CheckpointError) -> Void
    ) throws -> (version: ParameterVersion, parameters: [NamedArray]) {
        func read(_ version: ParameterVersion) throws -> (version: ParameterVersion, parameters: [NamedArray]) {
            (version, try store.readParameters(version))
        }
        let versions = store.versions
        let listed = versions.isEmpty ? "none" : versions.map(\.description).joined(separator: ", ")
        switch self {
        case .result:
            guard let stored = store.resultParameters(told: told) else { throw CommandError("\(run) has no checkpoint that can be used") }
            return stored
        case .final:
            guard let version = store.finalVersion else {
                throw CommandError("\(run) has no final checkpoint: it has not ended by itself; it has \(listed)")
            }
            return try read(version)
        case .best:
            guard let version = store.bestVersion else {
                throw CommandError("\(run) has no best checkpoint: no evaluation was made on the way (evaluation.every); it has \(listed)")
            }
            return try read(version)
        case .newest:
            guard let version = versions.last else { throw CommandError("\(run) has no checkpoint yet") }
            return try read(version)
        case .version(let version):
            guard versions.contains(version) else { throw CommandError("\(run) has no checkpoint \(version); it has \(listed)") }
            return try read(version)
        }
    }
}
