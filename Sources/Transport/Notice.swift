import Logging

/// A line for the log, made by a state machine and written by its wiring.
package struct Notice: Hashable, Sendable {
    package enum Level: Hashable, Sendable { case info, warning }

    package var level: Level
    package var text: String
    /// Whom it is about.
    package var actor: String?

    package init(_ level: Level, _ text: String, actor: String? = nil) {
        self.actor = actor
        self.level = level
        self.text = text
    }
}

extension Logger {
    func write(_ notices: [Notice]) {
        for notice in notices {
            let metadata: Metadata? = notice.actor.map { ["actor": "\($0)"] }
            switch notice.level {
            case .info: info("\(notice.text)", metadata: metadata)
            case .warning: warning("\(notice.text)", metadata: metadata)
            }
        }
    }
}
