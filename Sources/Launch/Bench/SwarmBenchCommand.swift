import ArgumentParser
import Foundation
import StarlingBench
import StarlingKeys

struct SwarmBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarm",
        abstract: "Measures what thousands of actors' sessions cost a learner: joining, memory, CPU time an unroll.",
        discussion: """
            Protocol state machines without policy and environment, each over a TCP connection of its own, in processes of their \
            own: whenever there is credit they send a vector unroll of 64 steps of 4 floats. The learner's end is the real one, its \
            trainer takes an eighth of the sessions' number for a batch and publishes 4096 bytes. First all sessions join, without \
            credit, and are looked at for two seconds; then each gets its turn; then the steady part is measured. The swarm's CPU time is not the learner's, but both \
            share the machine's cores: the rate is what these give, the learner's CPU time an unroll is its own.
            """)

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Option(help: "Sessions, to 10000.")
    var sessions = 10_000

    @Option(help: "Processes they are in (default: one for each 1000).")
    var processes: Int?

    @Option(help: ArgumentHelp("Seconds of the steady part.", valueName: "seconds"))
    var seconds = 10.0

    @Flag(help: "Over CURVE, with keys that are thrown away.")
    var curve = false

    /// What the spawned processes are told: where to go, with which key, and as who.
    @Option(help: .hidden)
    var join: String?

    @Option(help: .hidden)
    var key: String?

    @Option(help: .hidden)
    var name = ""

    /// Sessions of a process: each takes a socket of libzmq, which allows 4096, and two files.
    private static let mostPerProcess = 4000

    private var processCount: Int { processes ?? (sessions + 999) / 1000 }

    func validate() throws {
        guard (1...10_000).contains(sessions) else { throw ValidationError("--sessions takes 1 to 10000, not \(sessions).") }
        guard (1...sessions).contains(processCount), processCount * Self.mostPerProcess >= sessions else {
            throw ValidationError("--processes takes 1 to the number of sessions, and one for at most \(Self.mostPerProcess) sessions.")
        }
        guard seconds.isFinite, seconds > 0, seconds <= 3600 else {
            throw ValidationError("--seconds takes more than 0, to 3600, not \(seconds).")
        }
    }

    func run(in program: Program) throws -> Int32 {
        if let join { return try serve(join) }
        let report = try SwarmBench(sessions: sessions, processes: processCount, seconds: seconds, isEncrypted: curve).measure()
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(SwarmBench.Result(report: report)), as: UTF8.self))
        } else {
            let machine = Machine.current
            for line in report.lines(cores: machine.cores, processor: machine.processor) { print(line) }
        }
        return report.isGood ? 0 : 1
    }

    /// The whole of a process of the swarm: makes its sessions ready, waits for the word to connect, and tells at the end.
    private func serve(_ endpoint: String) throws -> Int32 {
        let learner = SwarmProcess.Learner(endpoint: endpoint, key: try key.map { try ActorKey(path: $0) })
        var swarm = try SwarmProcess(learner, named: name, sessions: sessions, life: STDIN_FILENO)
        let output = FileHandle.standardOutput
        output.write(SwarmBench.readiness)
        // The end of the file instead of a word: whoever started this is gone.
        guard let word = try FileHandle.standardInput.read(upToCount: 1), !word.isEmpty else { return 1 }
        output.write(try JSONEncoder().encode(try swarm.run()))
        return 0
    }
}
