import ArgumentParser

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures this machine.",
        subcommands: [
            AutoencoderBenchCommand.self, ComputeBenchCommand.self, EndToEndBenchCommand.self, EnvironmentBenchCommand.self,
            LearningBenchCommand.self, ReplayBenchCommand.self, ScheduleBenchCommand.self, SwarmBenchCommand.self,
            TransportBenchCommand.self,
        ])
}
