import Foundation
import Glibc
import StarlingBridge
import StarlingEnvironments
import StarlingLaunchActor
import StarlingLearning

/// What is started for an actor of this machine.
struct ActorExecutable {
    let path: String
    /// What stands before the actor's options.
    let arguments: [String]

    /// The usual one, beside this program.
    static var sibling: String {
        URL(fileURLWithPath: ChildProcess.program).deletingLastPathComponent().appendingPathComponent(name).path
    }
    private static let name = "starling-actor"

    /// This program, which is its own actor.
    static var own: Self { Self(path: ChildProcess.program, arguments: [OwnActorCommand.name]) }

    /// The program that was told; else `starling-actor`, the smaller one, if it lies beside this program and has the environment; else
    /// this program.
    /// - Throws: when there is no such program.
    init(_ told: String?, for settings: RunSettings) throws {
        guard let told else {
            self = Self.isForUsual(settings) && access(Self.sibling, X_OK) == 0 ? Self(path: Self.sibling, arguments: []) : .own
            return
        }
        guard access(told, X_OK) == 0 else {
            throw CommandError(
                "there is no actor program \(told): leave --actor-program away, for this program is its own actor, or train without one by "
                    + "--serial")
        }
        self.init(path: told, arguments: [])
    }

    private init(path: String, arguments: [String]) { (self.path, self.arguments) = (path, arguments) }

    /// What to type for an actor that can step the environment.
    static func command(for settings: RunSettings) -> String {
        isForUsual(settings) ? name : "\(Program.invocation) \(OwnActorCommand.name)"
    }

    /// Whether the usual one has the environment: not one of a user's program.
    private static func isForUsual(_ settings: RunSettings) -> Bool {
        settings.isOfPython || settings.libraryPath != nil
            || EnvironmentRegistry.builtIn.entries.contains { $0.name == settings.environment }
    }
}
