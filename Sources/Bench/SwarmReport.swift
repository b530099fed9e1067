package import StarlingThreads

/// What `starling bench swarm` found.
package struct SwarmReport: Sendable, Encodable {
    /// Of the JSON object that `JSONEncoder.forReports()` makes of it.
    package let format = 1
    package var sessions: Int
    package var processes: Int
    package var curve: Bool
    /// Seconds from the first connection to the last WELCOME; nil: some session had none.
    package var joinSeconds: Double?
    /// CPU seconds of the learner's process until then.
    package var joinLearnerSeconds: Double
    /// Connections of the swarm that came to nothing or broke, and why a session gave one up, if any did.
    package var lostConnections: Int
    package var fault: String
    /// Sessions that had an unroll acknowledged.
    package var served: Int
    /// Seconds from the first parameters to the last session's first acknowledgement; nil: some session had none.
    package var serviceSeconds: Double?
    /// The steady part, after every session was served once.
    package var seconds: Double
    package var unrollsPerSecond: Double
    /// Unrolls of the session with the fewest, of the one in the middle and of the one with the most.
    package var unrollsPerSession: Range?
    /// Growth of the learner's resident memory with all sessions there, and after the steady part.
    package var bytesPerSessionJoined: Double
    package var bytesPerSession: Double
    /// CPU seconds a second while all sessions were there and none had credit: a PING each second and its answer.
    package var idleLearnerCores: Double
    package var idleSwarmCores: Double
    /// CPU time of the learner's process, and of its threads by name; CPU time of the swarm. All of it, PINGs too.
    package var learnerMicrosecondsPerUnroll: Double
    package var threadMicrosecondsPerUnroll: [String: Double]
    package var swarmMicrosecondsPerUnroll: Double
    /// CPU seconds per second.
    package var learnerCores: Double
    package var swarmCores: Double
    /// The learner's busiest thread, and how much of a core it takes.
    package var busiestThread: String
    package var busiestThreadCores: Double
    package var bytesInPerUnroll: Double
    package var bytesOutPerUnroll: Double
    package var isLedgerClean: Bool

    package struct Range: Sendable, Encodable {
        package var minimum: Int
        package var median: Double
        package var maximum: Int
    }

    /// - Parameters:
    ///   - began: when the sessions began to connect.
    ///   - parameters: when the first parameters were there.
    package init(
        _ findings: SwarmLearner.Findings, _ tallies: [SwarmTally], curve: Bool, sessions: Int, began: Deadline, parameters: Deadline?
    ) {
        (self.sessions, processes, self.curve) = (sessions, tallies.count, curve)
        func last(_ times: [UInt64], since start: Deadline) -> Double? {
            guard times.count == sessions, !times.contains(0), let last = times.max() else { return nil }
            return Deadline(nanoseconds: last).seconds(since: start)
        }
        joinSeconds = last(tallies.flatMap(\.welcomedAt), since: began)
        joinLearnerSeconds = findings.joinSeconds
        let servedAt = tallies.flatMap(\.servedAt)
        served = servedAt.count { $0 > 0 }
        serviceSeconds = parameters.flatMap { last(servedAt, since: $0) }
        lostConnections = tallies.reduce(0) { $0 + $1.lostConnections }
        fault = tallies.first { !$0.fault.isEmpty }?.fault ?? ""
        seconds = findings.seconds
        let unrolls = Double(findings.unrolls)
        unrollsPerSecond = unrolls / seconds
        let counts = findings.unrollsBySession
        unrollsPerSession = counts.min().map { Range(minimum: $0, median: counts.map(Double.init).median, maximum: counts.max() ?? $0) }
        let resident = findings.residentBytes
        bytesPerSessionJoined = Double(resident.joined - resident.before) / Double(sessions)
        bytesPerSession = Double(resident.served - resident.before) / Double(sessions)
        (idleLearnerCores, idleSwarmCores) = findings.idleCores
        learnerMicrosecondsPerUnroll = 1e6 * findings.learnerSeconds / unrolls
        threadMicrosecondsPerUnroll = findings.threadSeconds.mapValues { 1e6 * $0 / unrolls }
        swarmMicrosecondsPerUnroll = 1e6 * findings.swarmSeconds / unrolls
        learnerCores = findings.learnerSeconds / seconds
        swarmCores = findings.swarmSeconds / seconds
        let busiest = findings.threadSeconds.max { $0.value < $1.value }
        (busiestThread, busiestThreadCores) = (busiest?.key ?? "", (busiest?.value ?? 0) / seconds)
        bytesInPerUnroll = Double(findings.bytesIn) / unrolls
        bytesOutPerUnroll = Double(findings.bytesOut) / unrolls
        isLedgerClean = findings.isLedgerClean
    }

    /// Everybody was served and nothing was lost or came twice.
    package var isGood: Bool { served == sessions && joinSeconds != nil && isLedgerClean }
}

extension SwarmReport {
    /// For people.
    /// - Parameters:
    ///   - cores: of the machine, which learner and swarm share.
    ///   - processor: its name.
    package func lines(cores: Int, processor: String) -> [String] {
        func seconds(_ value: Double?) -> String { value.map { "\($0.text(2)) s" } ?? "never" }
        let threads = threadMicrosecondsPerUnroll.filter { $0.value >= 0.005 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let range = unrollsPerSession.map { "\($0.minimum) / \($0.median.text(0)) / \($0.maximum)" } ?? "–"
        return [
            "\(sessions) sessions in \(processes) processes, CURVE \(curve ? "on" : "off"); \(cores) cores: \(processor)",
            "",
            "all have WELCOME        \(seconds(joinSeconds)), \(joinLearnerSeconds.text(2)) s of the learner's CPU (\(lostConnections) connections were lost and made again\(fault.isEmpty ? "" : ": \(fault)"))",
            "all are served          \(seconds(serviceSeconds)) from the first parameters on; \(served) of \(sessions) had an unroll acknowledged",
            "unrolls of a session    \(range) in \(self.seconds.text(1)) s (fewest / median / most)",
            "unrolls/s               \(unrollsPerSecond.text(0)); \(bytesInPerUnroll.text(0)) bytes in and \(bytesOutPerUnroll.text(0)) out for each",
            "learner, a session      \((bytesPerSession / 1000).text(1)) kB (\((bytesPerSessionJoined / 1000).text(1)) kB before its first unroll)",
            "idle                    learner \(idleLearnerCores.text(2)) cores, swarm \(idleSwarmCores.text(2)): PINGs and their answers",
            "learner, an unroll      \(learnerMicrosecondsPerUnroll.text(2)) µs of CPU (\(threads.map { "\($0.key) \($0.value.text(2))" }.joined(separator: ", ")))",
            "swarm, an unroll        \(swarmMicrosecondsPerUnroll.text(2)) µs of CPU",
            "busy                    learner \(learnerCores.text(2)) cores, swarm \(swarmCores.text(2)); \(limit(cores: cores))",
        ] + (isLedgerClean ? [] : ["THE LEDGER IS NOT CLEAN"])
    }

    /// What keeps the rate from being higher.
    private func limit(cores: Int) -> String {
        if busiestThreadCores > 0.9 { return "the learner's thread \(busiestThread) limits" }
        if learnerCores + swarmCores > 0.85 * Double(cores) { return "the cores limit, which the swarm shares with the learner" }
        return "neither limits: credit does, or other work on the machine"
    }
}
