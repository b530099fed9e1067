import ArgumentParser
import Foundation
import StarlingBench
import StarlingKeys
import StarlingMessages
import StarlingStorage
import StarlingTransport

struct TransportBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "transport",
        abstract: "Measures experience over TCP between processes of this machine: rate, CPU time, round trip.",
        discussion: """
            A learner and an actor process, checks, acknowledgements and ledger on, with and without CURVE and a journal. \
            Vector unrolls are 64 steps of 4 floats, image unrolls 20 steps of 3×64×64 bytes of noise, drawing unrolls as \
            many of a plain ground with things that move, for --compression. Keys and journals are thrown away; they lie \
            under $TMPDIR, or /tmp.
            """)

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Option(help: ArgumentHelp("Only this shape: vector, image or drawing (default: vector and image).", valueName: "shape"))
    var shape: TransportShape?

    @Option(help: ArgumentHelp("Only with CURVE (on) or only without (off).", valueName: "on|off"))
    var curve: Switch?

    @Option(help: ArgumentHelp("Only with this journal: none, os or disk (default: none and os).", valueName: "sync"))
    var journal: JournalSync?

    @Option(help: ArgumentHelp("What actors do with blocks: none, lz4 or auto.", valueName: "compression"))
    var compression = BlockCompression.none

    @Option(help: ArgumentHelp("Seconds of each measurement.", valueName: "seconds"))
    var seconds = 3.0

    @Option(help: ArgumentHelp("Actor processes that send.", valueName: "count"))
    var actors = 1

    /// What the spawned actors are told: where to send, and with which key.
    @Option(help: .hidden)
    var sendTo: String?

    @Option(help: .hidden)
    var key: String?

    enum Switch: String, ExpressibleByArgument, CaseIterable { case on, off }

    func validate() throws {
        guard seconds.isFinite, seconds > 0, seconds <= 3600, (1...1024).contains(actors) else {
            throw ValidationError("--seconds takes more than 0, to 3600, and --actors 1 to 1024.")
        }
    }

    /// Every row, with the cheapest first.
    private var benches: [TransportBench] {
        (shape.map { [$0] } ?? [.vector, .image]).flatMap { shape in
            (journal.map { [$0] } ?? [.none, .os]).flatMap { journal in
                (curve.map { [$0] } ?? [.off, .on]).map { curve in
                    TransportBench(
                        shape: shape, isEncrypted: curve == .on, journal: journal, compression: compression,
                        actors: actors, seconds: seconds)
                }
            }
        }
    }

    func run(in program: Program) throws -> Int32 {
        if let sendTo { return try send(to: sendTo) }
        var entries: [TransportEntry] = []
        for bench in benches {
            let entry = try bench.measure()
            entries.append(entry)
            if !json { print(entry.line) }
        }
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(TransportReport(entries)), as: UTF8.self))
        }
        return entries.allSatisfy(\.isLedgerClean) ? 0 : 1
    }

    /// The whole of an actor process of the bench.
    private func send(to endpoint: String) throws -> Int32 {
        let shape = shape ?? .vector
        let link = try ZeroMQActorLink(
            learner: endpoint, key: try key.map { try ActorKey(path: $0) },
            offer: TransportSender.offer(shape, "bench-\(getpid())"), giveUpAfter: 10, logger: TransportBench.logger)
        let trips = try TransportSender(link, shape).run()
        print(String(decoding: try JSONEncoder().encode(trips), as: UTF8.self))
        return 0
    }
}

extension TransportShape: ExpressibleByArgument {}
extension JournalSync: ExpressibleByArgument {}
extension BlockCompression: ExpressibleByArgument {
    public init?(argument: String) {
        guard let value = Self.allCases.first(where: { $0.name == argument }) else { return nil }
        self = value
    }

    public var defaultValueDescription: String { name }
}
