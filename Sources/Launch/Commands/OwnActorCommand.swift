import ArgumentParser
import StarlingEnvironments
import StarlingLaunchActor

/// `actor`: the actor within this program, for environments that no other program has.
struct OwnActorCommand: ParsableCommand {
    static let name = "actor"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: ActorCommand.configuration.abstract, discussion: ActorCommand.configuration.discussion,
        subcommands: [HealthCommand.self])

    @OptionGroup var actor: ActorCommand

    /// `actor doctor` is the doctor of this program. Parsed together, the actor would take its options, which have the same names.
    static func unfolding(_ arguments: [String]) -> [String] {
        arguments.starts(with: [name, DoctorCommand.configuration.commandName ?? ""]) ? Array(arguments.dropFirst()) : arguments
    }
}
