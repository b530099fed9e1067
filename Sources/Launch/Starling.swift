import ArgumentParser
import Foundation
import Glibc
public import StarlingAlgorithms
import StarlingBridge
@_exported public import StarlingEnvironments
import StarlingLaunchActor
import StarlingLearning
import StarlingTrainingRun

/// The whole program: `Starling.main()` is all of its main file.
public enum Starling {
    /// Parses the command line, runs the subcommand and exits.
    /// - Parameters:
    ///   - environments: what runs can name; a user's package adds its own to `.builtIn`.
    ///   - algorithms: likewise.
    public static func main(environments: EnvironmentRegistry = .builtIn, algorithms: AlgorithmRegistry = .builtIn) -> Never {
        EnvironmentWorker.runIfAsked()
        // It differentiates: no thin actor has it.
        let environments = environments + .trainingRuns
        let program = Program(environments: environments, algorithms: algorithms, recipes: .builtIn)
        do {
            let arguments = OwnActorCommand.unfolding(Array(CommandLine.arguments.dropFirst()))
            if let fault = UnknownCommand.fault(in: arguments, of: RootCommand.self) { throw ValidationError(fault) }
            var command = try RootCommand.parseAsRoot(arguments)
            if let doctor = command as? DoctorCommand {
                try doctor.run(environments: environments)
                exit(0)
            }
            if let own = command as? OwnActorCommand {
                if let fault = environments.fault { throw ValidationError(fault) }
                exit(own.actor.run(environments: environments))
            }
            guard let runnable = command as? any ProgramCommand else {
                try command.run()
                exit(0)
            }
            if let fault = program.fault {
                Program.complain(fault)
                exit(1)
            }
            exit(program.run(runnable))
        } catch {
            if let hint = program.foreignHint(CommandLine.arguments.dropFirst()) { Program.complain(hint) }
            RootCommand.exit(withError: error)
        }
    }
}

/// What the subcommands work with.
struct Program {
    let environments: EnvironmentRegistry
    let algorithms: AlgorithmRegistry
    let recipes: RecipeRegistry

    /// What is wrong with what the main file handed over, with the remedy; nil when nothing is.
    var fault: String? { environments.fault ?? algorithms.fault(beside: RunSettings.sections) }

    /// What an option that isn't ours means here, where others have it; nil where none is known, or nothing was to be trained.
    func foreignHint(_ arguments: ArraySlice<String>) -> String? {
        guard let command = arguments.first, ["train", "learner", "sweep"].contains(command) else { return nil }
        var settings = RunSettings(algorithms: algorithms)
        // Named first, as the help has it.
        if let recipe = arguments.dropFirst().first, let file = try? recipes.file(recipe) { try? settings.apply(file) }
        let own = ["--frames", "--seed", "--actors", "--envs-per-actor", "--environment", "--run"]
        return ForeignNames.hint(
            forOptions: arguments.filter { argument in !own.contains { argument == $0 || argument.hasPrefix($0 + "=") } },
            algorithm: settings.algorithm, among: settings.keys)
    }

    /// How this program was called, for commands that a user can copy: relative to here where it is below.
    static var invocation: String {
        let called = CommandLine.arguments[0]
        let here = FileManager.default.currentDirectoryPath + "/"
        return called.hasPrefix(here) ? String(called.dropFirst(here.count)) : called
    }

    /// One line on standard error.
    static func complain(_ message: String) {
        FileHandle.standardError.write(Data("\(Build.program): \(message)\n".utf8))
    }

    /// Runs a subcommand; an error becomes one clear line and exit status 1.
    func run(_ command: any ProgramCommand) -> Int32 {
        do {
            return try command.run(in: self)
        } catch {
            command.complain(Self.naming(command.flags, in: "\(error)"))
            return 1
        }
    }

    /// What is wrong with a key's value, where a flag has set it: both are named.
    static func naming(_ flags: [String: String], in message: String) -> String {
        flags.reduce(message) { text, entry in
            guard let place = text.range(of: entry.key) else { return text }
            return text.replacingCharacters(in: place, with: "\(entry.key) (\(entry.value))")
        }
    }
}

/// A subcommand. It gets its registries handed, never from global state.
protocol ProgramCommand: ParsableCommand {
    /// - Returns: the exit status.
    func run(in program: Program) throws -> Int32
    /// Tells why it can't go on.
    func complain(_ message: String)
    /// The flags that were given for keys of the recipe, by key.
    var flags: [String: String] { get }
}

extension ProgramCommand {
    func complain(_ message: String) { Program.complain(message) }
    var flags: [String: String] { [:] }
}

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Build.program,
        abstract: "Trains a latent policy across many Linux machines.",
        discussion: """
            Actor processes step environments with the current latent policy and send experience over TCP to one \
            learner, which trains the autoencoder and the policy jointly and broadcasts the parameters back.

            To begin:
              \(Build.program) train cartpole
            On several machines, one learner and as many actors as you like, which get a copy of keys/farm.key:
              \(Build.program) keygen keys farm && \(Build.program) enrol keys/farm.key
              \(Build.program) learner cartpole --keys keys --bind tcp://0.0.0.0:5555
              starling-actor --learner tcp://HOST:5555 --key farm.key
            """,
        version: Build.description,
        subcommands: [
            TrainCommand.self, LearnerCommand.self, EvaluateCommand.self, PlayCommand.self, ExportCommand.self, LedgerCommand.self,
            ListCommand.self,
            ShowCommand.self, PlotCommand.self, SweepCommand.self,
            BenchCommand.self,
            KeygenCommand.self, EnrolCommand.self, RevokeCommand.self, KeysCommand.self, DoctorCommand.self, OwnActorCommand.self,
        ])
}
