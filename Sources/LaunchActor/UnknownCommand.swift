package import ArgumentParser
import StarlingExperience

/// A mistyped subcommand, which the parser only calls unexpected.
package enum UnknownCommand {
    /// What to say of a command line whose first word is no subcommand; nil when it is one, or begins with an option.
    /// - Parameter command: takes no words of its own.
    package static func fault(in arguments: some Sequence<String>, of command: any ParsableCommand.Type) -> String? {
        guard let word = arguments.first(where: { _ in true }), !word.hasPrefix("-") else { return nil }
        let names = command.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard word != "help", !names.contains(word) else { return nil }
        let hint = NearestName.hint(for: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
        return "unknown command '\(word)'\(hint)\n       known: \(names.joined(separator: ", "))"
    }
}
