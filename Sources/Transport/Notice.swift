import Logging

/// A line for the log, made by a state machine and written by its wiring.
package struct Notice: Hashable, Sendable {
    package enum Level: Hashable, Sendable { case info, warning }

    package var level: Level
    package var text: String

    package init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }
}

extension Logger {
    func write(_ notices: [Notice]) {
        for notice in notices {
            switch notice.level {
            case .info: info("\(notice.text)")
            case .warning: warning("\(notice.text)")
            }
        }
    }
}
