import Foundation
import Logging
import StarlingBench
import StarlingThreads
import StarlingTransport
import StarlingZeroMQ

/// Runs a learner here and a swarm of sessions in processes of their own: the learner's connections take up all the files that one
/// process may have, and its memory and CPU time are told apart.
struct SwarmBench {
    let sessions: Int
    let processes: Int
    let seconds: Double
    let isEncrypted: Bool

    /// What a process of the swarm writes when it is about to connect.
    static let readiness = Data("ready\n".utf8)
    /// Seconds that all sessions have to join, and then to be served.
    private static let patience = 120.0
    /// Seconds of the part without credit.
    private static let idleSeconds = 2.0
    /// Files of the learner beside its connections.
    private static let otherFiles = 200

    struct Result: Encodable {
        let machine = Machine.current
        let report: SwarmReport

        enum CodingKeys: CodingKey { case machine }

        /// The report's names and the machine beside them.
        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(machine, forKey: .machine)
        }
    }

    func measure() throws -> SwarmReport {
        let files = FileLimit.raise()
        guard files >= UInt64(sessions + Self.otherFiles) else {
            throw CommandError(
                "\(sessions) sessions need \(sessions + Self.otherFiles) open files and the limit is \(files): raise it (ulimit -Hn) or take fewer --sessions"
            )
        }
        let keys = try isEncrypted ? BenchKeys() : nil
        let link = try ZeroMQLearnerLink(
            bind: "tcp://127.0.0.1:*", build: "bench", keys: keys?.directory, logger: TransportBench.logger)
        var learner = try SwarmLearner(link, sessions: sessions) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
        let swarm = try (0..<processes).map { try Child($0, of: self, link.endpoint, key: keys?.actorFile) }
        for child in swarm { try child.waitUntilReady() }
        let began = Deadline.now
        for child in swarm { try child.begin() }
        guard learner.admit(before: .after(seconds: Self.patience)) else {
            throw CommandError("\(learner.joined) of \(sessions) sessions have joined in \(Int(Self.patience)) s")
        }
        let identifiers = swarm.map(\.process.processIdentifier)
        learner.idle(seconds: Self.idleSeconds, swarm: identifiers)
        let parameters = learner.serve(before: .after(seconds: Self.patience))
        learner.train(seconds: seconds, swarm: identifiers)
        let findings = learner.finish()
        let tallies = try swarm.map { try $0.tally() }
        return SwarmReport(findings, tallies, curve: isEncrypted, sessions: sessions, began: began, parameters: parameters)
    }

    /// A process of the swarm. It ends with this one, even after `kill -9`: its standard input ends then.
    private struct Child {
        let process = Process()
        private let words = Pipe()
        private let life = Pipe()

        init(_ number: Int, of bench: SwarmBench, _ endpoint: String, key: String?) throws {
            let own = bench.sessions * (number + 1) / bench.processes - bench.sessions * number / bench.processes
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments =
                ["bench", "swarm", "--join", endpoint, "--name", "swarm-\(number)", "--sessions", "\(own)", "--processes", "1"]
                + (key.map { ["--key", $0] } ?? [])
            process.standardInput = life
            process.standardOutput = words
            try process.run()
        }

        func waitUntilReady() throws {
            let word = try words.fileHandleForReading.read(upToCount: SwarmBench.readiness.count)
            guard word == SwarmBench.readiness else { throw CommandError("a process of the swarm did not start") }
        }

        func begin() throws { try life.fileHandleForWriting.write(contentsOf: Data([1])) }

        /// Waits for its end.
        func tally() throws -> SwarmTally {
            let text = words.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw CommandError("a process of the swarm failed") }
            return try JSONDecoder().decode(SwarmTally.self, from: text)
        }
    }
}
