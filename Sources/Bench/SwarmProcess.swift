import Glibc
package import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport
package import StarlingZeroMQ

/// The sessions of one process of the swarm bench: all on one thread, which waits for the sockets that have news.
package struct SwarmProcess: ~Copyable {
    /// Where the sessions go.
    package struct Learner: Sendable {
        let endpoint: String
        let key: ActorKey?

        package init(endpoint: String, key: ActorKey?) { (self.endpoint, self.key) = (endpoint, key) }
    }

    /// What all sessions use in turn.
    struct Tools: ~Copyable {
        let context: ZeroMQContext
        let ready: ReadySockets
        let frame = ZeroMQMessage()
        let piece = ZeroMQMessage()
        var header = HeaderBuffer()
    }

    /// How often timers are looked at.
    private static let timerSeconds = 0.25
    /// Longer than any bench: sessions that nobody says goodbye to end too.
    private static let longestSeconds = 7200.0

    private let sessions: [SwarmSession]
    private var tools: Tools
    private let life: Int32?
    /// The number by which the watched file is told.
    private var lifeNumber: Int { sessions.count }

    /// - Parameters:
    ///   - name: of this process; its sessions are known by it and a number.
    ///   - life: a file that whoever started this process holds the other end of: with it this process ends.
    package init(_ learner: Learner, named name: String, sessions count: Int, life: Int32? = nil) throws(ZeroMQError) {
        FileLimit.raise()
        let context = try ZeroMQContext()
        let ready = try ReadySockets()
        if let life { try ready.add(life, as: count) }
        let unroll = SwarmUnroll(SwarmOffer.shape)
        sessions = (0..<count).map { SwarmSession($0, named: "\(name)-\($0)", learner, unroll) }
        tools = Tools(context: context, ready: ready)
        self.life = life
    }

    /// Connects all sessions at once and serves them until the learner has said goodbye to each.
    package mutating func run() throws(ZeroMQError) -> SwarmTally {
        let limit = Deadline.after(seconds: Self.longestSeconds)
        var nextTimers = Deadline.now
        while !limit.isPast {
            var ready: [Int] = []
            tools.ready.wait(milliseconds: Int(1000 * nextTimers.remainingSeconds) + 1) { ready.append($0) }
            let now = Deadline.now
            for number in ready {
                guard number < lifeNumber else {
                    endWithParent()
                    continue
                }
                try sessions[number].attend(now, &tools)
            }
            guard now >= nextTimers else { continue }
            nextTimers = now.advanced(seconds: Self.timerSeconds)
            for session in sessions { try session.advance(to: now, &tools) }
            if sessions.allSatisfy(\.isOver) { break }
        }
        return SwarmTally(sessions)
    }

    /// Ends this process if whoever started it is gone. Nothing of a bench is worth an orderly end.
    private func endWithParent() {
        var byte: UInt8 = 0
        if let life, read(life, &byte, 1) <= 0 { _exit(1) }
    }
}

/// What a process of the swarm bench found, by session.
package struct SwarmTally: Sendable, Codable {
    /// Nanoseconds of the machine's monotonic clock at the first WELCOME and at the first acknowledgement; 0: none came.
    package var welcomedAt: [UInt64]
    package var servedAt: [UInt64]
    package var acknowledged: [UInt64]
    /// Connections that came to nothing or broke, of all sessions.
    package var lostConnections: Int
    /// Why a session gave one up, if any did.
    package var fault: String

    package init(welcomedAt: [UInt64], servedAt: [UInt64], acknowledged: [UInt64], lostConnections: Int, fault: String) {
        (self.welcomedAt, self.servedAt, self.acknowledged) = (welcomedAt, servedAt, acknowledged)
        (self.lostConnections, self.fault) = (lostConnections, fault)
    }
}

extension SwarmTally {
    init(_ sessions: [SwarmSession]) {
        welcomedAt = sessions.map(\.welcomedAt)
        servedAt = sessions.map(\.servedAt)
        acknowledged = sessions.map(\.acknowledged)
        lostConnections = sessions.reduce(0) { $0 + $1.lostConnections }
        fault = sessions.first { !$0.fault.isEmpty }?.fault ?? ""
    }
}
