package import Logging
package import StarlingThreads
import StarlingZeroMQ

/// Says who was kept out and why: a line for every peer and cause, then sums at growing intervals, so that neither an actor
/// that tries for ever nor strangers could fill a disk.
package struct RefusalLog {
    package enum Cause: Hashable {
        case unknownKey(String, String)
        case revokedKey(String, String)
        case withoutKey
        case unexpectedKey
        case otherLearner
        case notZeroMQ
        /// Whether this learner has keys: the other end may have seen before us that the two don't fit.
        case brokenOff(isKeyed: Bool)
        /// They did not say who they are.
        case silent

        /// The peer left before it was clear what it is: of one that was seen clearly before, that will be it again.
        var isVague: Bool {
            switch self {
            case .notZeroMQ, .brokenOff: true
            default: false
            }
        }

        /// For the lines that repeat it.
        var brief: String {
            switch self {
            case .unknownKey(let fingerprint, _): "its key (\(fingerprint)) is not enrolled here"
            case .revokedKey(let name, _): "the key of \(name) was revoked"
            case .withoutKey: "it came without a key"
            case .unexpectedKey: "it came with a key, and this learner has none"
            case .otherLearner: "its file holds the public key of another learner"
            case .notZeroMQ: "what it sent is not ZeroMQ"
            case .brokenOff: "it didn't say who it is"
            case .silent: "they did not say who they are"
            }
        }

        var text: String {
            switch self {
            case .unknownKey(_, let directory):
                "\(brief); to let it in: starling enrol KEYFILE --keys \(directory)"
            case .revokedKey(_, let since): "\(brief) at \(since)"
            case .withoutKey: "\(brief); actors of this learner need --key FILE"
            case .unexpectedKey: "\(brief): start it without --key"
            case .otherLearner: "\(brief); copy a file to it that was made with this learner's keys"
            case .notZeroMQ: "\(brief): another program, or a port scan"
            case .brokenOff(let isKeyed):
                "it left, or was silent for \(Int(ZeroMQOptions.handshakeSeconds)) s, before it had said who it is: an actor \(isKeyed ? "without a key (it needs --key FILE)" : "with a key (start it without --key)"), a port scan, another program, or a bad network"
            case .silent:
                "after the handshake they did not say who they are for \(Int(OpenConnections.silentSeconds)) s, or were the oldest of too many such: another program, or a port scan"
            }
        }
    }

    private struct Subject: Hashable {
        /// IP address; empty: of many.
        let peer: String
        let cause: Cause
    }

    private let logger: Logger
    private var repetitions = Repetitions<Subject>()

    package init(_ logger: Logger) { self.logger = logger }

    /// - Parameter address: IP address of the peer, with its port or without; nil: it was gone before it could be asked.
    package mutating func tell(_ cause: Cause, _ address: String?, at now: Deadline = .now) {
        let peer = Self.host(address ?? "")
        var subject = Subject(peer: peer, cause: cause)
        if cause.isVague, let clear = repetitions.first(where: { $0.peer == peer && !$0.cause.isVague }) { subject = clear }
        guard repetitions.isNews(subject, at: now) else { return }
        logger.warning("refused \(address ?? "a connection"): \(cause.text)")
    }

    /// Connections of nobody in particular.
    mutating func tell(_ cause: Cause, connections count: Int, at now: Deadline = .now) {
        guard repetitions.isNews(Subject(peer: "", cause: cause), at: now) else { return }
        logger.warning("refused \(count) connections: \(cause.text)")
    }

    /// Tells the sums that are due.
    package mutating func advance(to now: Deadline) {
        for summary in repetitions.summaries(at: now) {
            if let subject = summary.subject {
                logger.warning("refused \(subject.peer.isEmpty ? "connections" : subject.peer) \(summary.often): \(subject.cause.brief)")
            } else {
                logger.warning("refused others \(summary.often)")
            }
        }
    }

    /// The address without the port: a peer has another one with each of its connections.
    private static func host(_ address: String) -> String {
        if address.hasPrefix("["), let end = address.firstIndex(of: "]") { return String(address[..<end].dropFirst()) }
        // More than one colon and no bracket: an IPv6 address without a port.
        guard let colon = address.lastIndex(of: ":"), address.firstIndex(of: ":") == colon else { return address }
        return String(address[..<colon])
    }
}
