import ArgumentParser
import Glibc
import StarlingBridge
@_exported public import StarlingEnvironments

/// The actor program: `StarlingActor.main()` is all of its main file.
public enum StarlingActor {
    /// Parses the command line, acts until the learner or a signal ends it, and exits.
    /// - Parameter environments: what this program can step; a user's package adds its own to `.builtIn`.
    public static func main(environments: EnvironmentRegistry = .builtIn) -> Never {
        EnvironmentWorker.runIfAsked()
        // A subcommand whose options have the same names as the actor's: parsed together, the actor would take them.
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == DoctorCommand.configuration.commandName {
            do {
                try DoctorCommand.parse(Array(arguments.dropFirst())).run(environments: environments)
                exit(0)
            } catch {
                DoctorCommand.exit(withError: error)
            }
        }
        do {
            if let fault = UnknownCommand.fault(in: arguments, of: ActorCommand.self) { throw ValidationError(fault) }
            var command = try ActorCommand.parseAsRoot()
            if let fault = environments.fault { throw ValidationError(fault) }
            if let actor = command as? ActorCommand { exit(actor.run(environments: environments)) }
            try command.run()
            exit(0)
        } catch {
            ActorCommand.exit(withError: error)
        }
    }
}
