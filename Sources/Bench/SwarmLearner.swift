import StarlingExperience
import StarlingMessages
package import StarlingThreads
package import StarlingTransport

/// The learner's side of the swarm bench: a real end of the wire, and a trainer that takes batches, settles them as trained and publishes
/// small parameters.
package struct SwarmLearner {
    /// What was found, beside what the sessions tell.
    package struct Findings: Sendable {
        /// Unrolls of each session while the steady part was measured.
        package var unrollsBySession: [Int] = []
        package var seconds = 0.0
        /// CPU seconds of this process until all had joined.
        package var joinSeconds = 0.0
        /// CPU seconds a second of this process and of the swarm's while all sessions were there and none had credit.
        package var idleCores = (learner: 0.0, swarm: 0.0)
        /// CPU seconds of this process, of its threads by name, and of the swarm's processes, of that time.
        package var learnerSeconds = 0.0
        package var threadSeconds: [String: Double] = [:]
        package var swarmSeconds = 0.0
        /// Bytes of this process in memory: before the first session, with all of them, and at the end of the steady part.
        package var residentBytes = (before: 0, joined: 0, served: 0)
        /// Bytes on the wire of the steady part.
        package var bytesIn: UInt64 = 0
        package var bytesOut: UInt64 = 0
        package var isLedgerClean = false

        package init() {}
        package var unrolls: Int { unrollsBySession.reduce(0, +) }
    }

    private static let progressSeconds = 5.0

    private let link: any LearnerLink
    private let tell: (String) -> Void
    private var nextProgress = Deadline.after(seconds: SwarmLearner.progressSeconds)
    private let sessions: Int
    private let unrollsPerBatch: Int
    private var batch: [ReceivedUnroll] = []
    private var update: UInt64 = 0
    /// Sessions that are here.
    package private(set) var joined = 0
    private var unrollsBySession: [Int]
    /// Sessions of which an unroll came.
    package private(set) var served = 0
    private var findings = Findings()

    /// - Parameter tell: takes a line now and then on how far it is.
    package init(_ link: any LearnerLink, sessions: Int, tell: @escaping (String) -> Void) throws(TransportError) {
        self.tell = tell
        let offer = try SwarmOffer.learner(sessions: sessions)
        (self.link, self.sessions, unrollsPerBatch) = (link, sessions, offer.unrollsPerBatch)
        unrollsBySession = Array(repeating: 0, count: sessions)
        link.open(offer)
        findings.residentBytes.before = ProcessUse.residentByteCount
    }

    /// Lets all sessions join. There are no parameters yet, and so no credit: this is the storm alone.
    /// - Returns: whether all joined in time.
    package mutating func admit(before deadline: Deadline) -> Bool {
        let before = ProcessUse.seconds
        while joined < sessions, !deadline.isPast { attend() }
        findings.joinSeconds = ProcessUse.seconds - before
        findings.residentBytes.joined = ProcessUse.residentByteCount
        return joined == sessions
    }

    /// Looks on for `seconds` while all sessions are there and none has credit: what they cost by being there.
    package mutating func idle(seconds: Double, swarm: [Int32]) {
        let (since, end) = (Deadline.now, Deadline.after(seconds: seconds))
        let before = (ProcessUse.seconds, Self.seconds(of: swarm))
        while !end.isPast { attend() }
        let passed = Deadline.now.seconds(since: since)
        findings.idleCores = ((ProcessUse.seconds - before.0) / passed, (Self.seconds(of: swarm) - before.1) / passed)
    }

    private static func seconds(of processes: [Int32]) -> Double { processes.reduce(0) { $0 + ProcessUse.seconds(of: $1) } }

    /// Publishes the first parameters and trains until every session has brought an unroll.
    /// - Returns: when the first parameters were there; nil when some session brought nothing in time.
    package mutating func serve(before deadline: Deadline) -> Deadline? {
        let start = Deadline.now
        publish(trainedOn: [])
        while served < sessions, !deadline.isPast { attend() }
        return served == sessions ? start : nil
    }

    /// Trains for `seconds`, the steady part.
    /// - Parameter swarm: process identifiers whose CPU time counts.
    package mutating func train(seconds: Double, swarm: [Int32]) {
        let (since, end) = (Deadline.now, Deadline.after(seconds: seconds))
        let (own, threads) = (ProcessUse.seconds, ProcessUse.threadSeconds)
        let others = Self.seconds(of: swarm)
        let (before, overview) = (unrollsBySession, link.overview)
        while !end.isPast { attend() }
        findings.seconds = Deadline.now.seconds(since: since)
        findings.learnerSeconds = ProcessUse.seconds - own
        findings.threadSeconds = ProcessUse.threadSeconds.reduce(into: [:]) { $0[$1.key] = $1.value - (threads[$1.key] ?? 0) }
        findings.swarmSeconds = Self.seconds(of: swarm) - others
        findings.unrollsBySession = zip(unrollsBySession, before).map { $0 - $1 }
        findings.residentBytes.served = ProcessUse.residentByteCount
        let after = link.overview
        (findings.bytesIn, findings.bytesOut) = (after.bytesIn - overview.bytesIn, after.bytesOut - overview.bytesOut)
    }

    /// Says goodbye.
    package consuming func finish() -> Findings {
        link.settle(batch, .abandoned)
        link.finish(.finished, before: .after(seconds: 3))
        let ledger = link.overview.ledger
        findings.isLedgerClean =
            ledger.isBalanced && ledger.invalid == 0 && ledger.garbage == 0 && ledger.duplicates == 0 && ledger.overCredit == 0
        return findings
    }

    private mutating func attend() {
        if nextProgress.isPast {
            nextProgress = .after(seconds: Self.progressSeconds)
            tell("\(joined) of \(sessions) sessions have joined, \(served) were served")
        }
        switch link.next(before: .after(seconds: 0.05)) {
        case .actorJoined: joined += 1
        case .unroll(let unroll): take(unroll)
        default: break
        }
    }

    private mutating func take(_ unroll: ReceivedUnroll) {
        // Ordinals are given from 0 on, and kept by who comes back.
        let session = Int(unroll.actor.ordinal)
        if session < sessions {
            if unrollsBySession[session] == 0 { served += 1 }
            unrollsBySession[session] += 1
        }
        batch.append(unroll)
        guard batch.count == unrollsPerBatch else { return }
        publish(trainedOn: batch)
        batch.removeAll(keepingCapacity: true)
    }

    private mutating func publish(trainedOn unrolls: [ReceivedUnroll]) {
        let bytes = Array(repeating: UInt8(truncatingIfNeeded: update), count: SwarmOffer.parameterByteCount)
        link.publish(ParameterSnapshot(version: ParameterVersion(generation: 1, update: update), bytes: bytes), trainedOn: unrolls)
        update += 1
    }
}
