package import StarlingAlgorithms
package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy
package import StarlingThreads

/// The algorithms that a recipe can name.
package struct AlgorithmRegistry: Sendable {
    package struct Entry: Sendable {
        package let name: String
        package let summary: String
        package let make: @Sendable (LatentPolicy, RunSettings, WorkerTeam?, Tuning) throws -> any Algorithm

        package init(
            _ name: String, _ summary: String,
            make: @escaping @Sendable (LatentPolicy, RunSettings, WorkerTeam?, Tuning) throws -> any Algorithm
        ) {
            self.name = name
            self.summary = summary
            self.make = make
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    package static let builtIn = AlgorithmRegistry([
        Entry("vtrace", "IMPALA's actor-critic with V-trace targets, joint with the autoencoder") {
            policy, settings, team, tuning in
            try VTrace(
                policy, acting: settings.actingSpec, columnCount: settings.batch.columns, settings: settings.vtrace,
                latent: settings.latent, team: team, tuning: tuning)
        }
    ])

    func make(
        _ name: String, _ policy: LatentPolicy, _ settings: RunSettings, team: WorkerTeam?, tuning: Tuning
    ) throws -> any Algorithm {
        guard let entry = entries.first(where: { $0.name == name }) else {
            preconditionFailure("algorithm \(name) passed the settings' check and isn't registered")
        }
        return try entry.make(policy, settings, team, tuning)
    }
}
