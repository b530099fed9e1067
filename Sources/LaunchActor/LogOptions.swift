import ArgumentParser
package import Logging

/// How a process logs, and how much of it.
package struct LogOptions: ParsableArguments, Sendable {
    @Option(name: .customLong("log-format"), help: "Log lines and progress for people (text), or for programs, on standard error (json).")
    package var format = LogFormat.text

    @Option(name: .customLong("log-level"), help: "Log lines of this level and above; progress and how a run ends are told whatever it is.")
    package var level = LogLevel.info

    package init() {}

    package init(format: LogFormat = .text, level: LogLevel) { (self.format, self.level) = (format, level) }

    /// What a process is to be given to log alike.
    package var arguments: [String] {
        (format == .text ? [] : ["--log-format", format.rawValue]) + (level == .info ? [] : ["--log-level", level.rawValue])
    }

    /// A logger of this process.
    /// - Parameters:
    ///   - label: who speaks.
    ///   - context: metadata of every line, asked for each time.
    ///   - write: takes a whole line without its end.
    package func makeLogger(
        label: String, context: @escaping @Sendable () -> Logger.Metadata = { [:] },
        write: @escaping @Sendable (String) -> Void = LineLog.toStandardError
    ) -> Logger {
        var logger = format.makeLogger(label: label, context: context, write: write)
        logger.logLevel = level.loggerLevel
        return logger
    }
}

/// From where on lines are logged.
package enum LogLevel: String, ExpressibleByArgument, CaseIterable, Sendable {
    case debug, info, warning, error

    var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
