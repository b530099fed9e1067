import ArgumentParser
package import Logging

/// How log lines look.
package enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For people: time, level where it matters, who, what.
    case text
    /// For programs: one object a line with time, level, label, message and metadata.
    case json

    /// A logger of this process.
    /// - Parameters:
    ///   - label: who speaks.
    ///   - context: metadata of every line, asked for each time.
    ///   - write: takes a whole line without its end.
    package func makeLogger(
        label: String, context: @escaping @Sendable () -> Logger.Metadata = { [:] },
        write: @escaping @Sendable (String) -> Void = LineLog.toStandardError
    ) -> Logger {
        let provider = Logger.MetadataProvider(context)
        return Logger(label: label) { label in
            switch self {
            case .text: LineLog(label: label, write: write)
            case .json: JSONLog(label: label, metadataProvider: provider, write: write)
            }
        }
    }
}
