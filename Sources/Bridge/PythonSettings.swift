package import Logging
import StarlingEnvironments

/// The Python whose environments are stepped, and what of it may be used.
package struct PythonSettings: Sendable {
    /// What its environments are called in a registry.
    package static let environment = GymnasiumOptions.name

    /// Whether environments of Python have an option of this name, or one within.
    static func isOption(_ name: some StringProtocol) -> Bool { GymnasiumOptions.all.contains { $0.name == name.prefix { $0 != "." } } }

    /// A path, or a name to be looked for in PATH.
    package var program: String
    /// Modules that environments may come from, by name: the file, or nil where Python finds it by the name. None else is imported.
    package var modules: [String: String?]
    package var logger: Logger
    /// Asked in every wait, so that nothing that hangs keeps a process from its end.
    package var isStopping: @Sendable () -> Bool
    /// Whether environments are made to be looked at, which costs steps.
    package var renders: Bool
    /// What went wrong, of all loops.
    package let faults = FaultCounts()

    package init(
        program: String, modules: [String: String?] = [:], logger: Logger, renders: Bool = false,
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        self.program = program
        self.modules = modules
        self.logger = logger
        self.renders = renders
        self.isStopping = isStopping
    }

    var bearing: FaultBearing { FaultBearing(logger: logger, faults: faults, isStopping: isStopping) }

    /// A module as a recipe or a command line names it: `minigrid`, or a file, `envs/maze.py`, whose name is then `maze`.
    package static func module(_ text: String) -> (name: String, path: String?) {
        guard text.contains("/") || text.hasSuffix(".py") else { return (text, nil) }
        let last = text.split(separator: "/").last.map(String.init) ?? text
        return (last.hasSuffix(".py") ? String(last.dropLast(3)) : last, text)
    }
}
