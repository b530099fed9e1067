import ArgumentParser
import Glibc
import StarlingKeys

/// Where the learner is and who may talk to it: from the command line, else from the environment.
struct LearnerOptions: ParsableArguments {
    @Option(
        name: .customLong("learner"),
        help: ArgumentHelp(
            "The learner's address (default: STARLING_LEARNER of the environment, or \(Self.nearby)).", valueName: "tcp://host:port"))
    private var chosenLearner: String?

    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "The key file that starling keygen made on the learner's machine (default: the path in STARLING_KEY of the environment, or none).",
            valueName: "file"))
    private var chosenKey: String?

    private static let nearby = "tcp://127.0.0.1:5555"

    /// The address.
    var learner: String { chosenLearner ?? Variable.text("STARLING_LEARNER") ?? Self.nearby }

    /// The key, read.
    func key() throws(KeyError) -> ActorKey? {
        guard let path = chosenKey ?? Variable.text("STARLING_KEY") else { return nil }
        return try ActorKey(path: path)
    }
}

/// What the environment of the process says.
enum Variable {
    /// Nil where it says nothing.
    static func text(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
