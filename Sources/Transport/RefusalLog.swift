import Logging
import StarlingThreads

/// Says who was kept out and why, at once, but never so often that strangers could fill a disk: what is too much is
/// counted and told later.
struct RefusalLog {
    enum Cause: Hashable {
        case unknownKey(String, String)
        case revokedKey(String, String)
        case withoutKey
        case unexpectedKey
        case otherLearner
        case notZeroMQ
        /// Whether this learner has keys: the other end may have seen before us that the two don't fit.
        case brokenOff(isKeyed: Bool)
        case tooManySilent(Int)

        /// Causes that are counted together.
        var kind: Int {
            switch self {
            case .unknownKey: 0
            case .revokedKey: 1
            case .withoutKey: 2
            case .unexpectedKey: 3
            case .otherLearner: 4
            case .notZeroMQ: 5
            case .brokenOff: 6
            case .tooManySilent: 7
            }
        }

        var text: String {
            switch self {
            case .unknownKey(let fingerprint, let directory):
                "its key (\(fingerprint)) is not enrolled here; to let it in: starling enrol KEYFILE --keys \(directory)"
            case .revokedKey(let name, let since): "the key of \(name) was revoked at \(since)"
            case .withoutKey: "it came without a key; actors of this learner need --key FILE"
            case .unexpectedKey: "it came with a key, and this learner has none: start it without --key"
            case .otherLearner:
                "its file holds the public key of another learner; copy a file to it that was made with this learner's keys"
            case .notZeroMQ: "what it sent is not ZeroMQ: another program, or a port scan"
            case .brokenOff(let isKeyed):
                "it left, or was silent for 5 s, before it had said who it is: an actor \(isKeyed ? "without a key (it needs --key FILE)" : "with a key (start it without --key)"), a port scan, another program, or a bad network"
            case .tooManySilent(let limit):
                "\(limit) connections had not said who they are, and more came: the oldest of them are cut"
            }
        }
    }

    private static let kinds = 8
    /// Lines of a kind in a period, and its seconds.
    private static let lineCount = 5
    private static let seconds = 10.0

    private let logger: Logger
    private var told = [Int](repeating: 0, count: RefusalLog.kinds)
    private var untold = [Int](repeating: 0, count: RefusalLog.kinds)
    private var last = [Cause?](repeating: nil, count: RefusalLog.kinds)
    private var periodEnd = Deadline.after(seconds: RefusalLog.seconds)

    init(_ logger: Logger) { self.logger = logger }

    mutating func tell(_ cause: Cause, _ address: String?) {
        let kind = cause.kind
        guard told[kind] < Self.lineCount else {
            untold[kind] += 1
            last[kind] = cause
            return
        }
        told[kind] += 1
        logger.warning("refused \(address ?? "a connection"): \(cause.text)")
    }

    /// Tells at the end of a period what was too much in it.
    mutating func advance(to now: Deadline) {
        guard now >= periodEnd else { return }
        periodEnd = now.advanced(seconds: Self.seconds)
        for kind in 0 ..< Self.kinds {
            if untold[kind] > 0, let cause = last[kind] {
                logger.warning("refused \(untold[kind]) more connections in the last seconds, the last because \(cause.text)")
            }
            (told[kind], untold[kind]) = (0, 0)
        }
    }
}
