import StarlingMessages

/// How often somebody was kept out since the learner started, by cause.
package struct RefusalCounts: Hashable, Sendable {
    /// Before they had said who they are: without a key that is let in, or no actors at all.
    package var connections: UInt64 = 0
    /// HELLOs, by the code of the refusal.
    package var hellos = [UInt64](repeating: 0, count: Refusal.Code.allCases.count)

    package init() {}

    package var total: UInt64 { hellos.reduce(connections, &+) }

    /// With a word for each cause.
    package var byCause: [(cause: String, count: UInt64)] {
        [("connection", connections)] + Refusal.Code.allCases.map { (Self.word(for: $0), hellos[Int($0.rawValue)]) }
    }

    private static func word(for code: Refusal.Code) -> String {
        switch code {
        case .protocolVersion: "protocol_version"
        case .unknownEnvironment: "unknown_environment"
        case .differentEnvironment: "different_environment"
        case .olderIncarnation: "older_incarnation"
        case .garbage: "garbage"
        case .full: "full"
        case .key: "key"
        case .unable: "unable"
        }
    }
}
