import StarlingExperience

/// Sessions that wait for credit, longest waiting first. Entries of who waits no more, or in the other queue by now, are passed over.
struct WaitQueue {
    /// Proven sessions wait in one queue, and the others in another.
    enum Kind { case proven, trial }

    private let kind: Kind
    private var entries = Queue<LearnerSession>()

    init(_ kind: Kind) { self.kind = kind }

    /// Whether there is no entry, not even of who waits no more.
    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ session: LearnerSession) {
        session.waits = kind
        entries.append(session)
    }

    /// Who waits longest. Who is idle is no longer among them: it comes back when it sends.
    mutating func first() -> LearnerSession? {
        while let session = entries.first {
            guard session.waits != kind || session.isIdle else { return session }
            removeFirst()
        }
        return nil
    }

    /// Takes the first entry out, whosever it is.
    mutating func removeFirst() {
        guard let session = entries.popFirst(), session.waits == kind else { return }
        session.waits = nil
    }

    /// Where nothing is granted for long, and many come and go, those who have left are not kept.
    mutating func forgetLeft(of memberCount: Int) {
        guard entries.count > 64 + 2 * memberCount else { return }
        for _ in 0..<entries.count {
            guard let session = entries.popFirst(), session.waits != nil else { continue }
            entries.append(session)
        }
    }

    /// Actors that wait in it, longest waiting first.
    var instances: [String] {
        (0..<entries.count).compactMap { entries[$0].waits == kind ? entries[$0].identity.instance : nil }
    }

    /// Puts these actors in front, in this order; the others stay as they are.
    mutating func order(by instances: [String]) {
        var order: [LearnerSession] = []
        while let session = entries.popFirst() { order.append(session) }
        func place(_ session: LearnerSession) -> Int { instances.firstIndex(of: session.identity.instance) ?? instances.count }
        for entry in order.enumerated().sorted(by: { (place($0.element), $0.offset) < (place($1.element), $1.offset) }) {
            entries.append(entry.element)
        }
    }
}
