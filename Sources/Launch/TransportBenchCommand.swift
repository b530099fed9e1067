import ArgumentParser
import Foundation
import Logging
import StarlingBench
import StarlingExperience
import StarlingTransport

struct TransportBenchCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "transport",
        abstract: "Measures experience over TCP between processes of this machine: rate, CPU time, round trip.",
        discussion: """
            A learner and an actor process, checks, acknowledgements and ledger on. Vector unrolls are 64 steps of 4 \
            floats, image unrolls 20 steps of 3×64×64 bytes of noise.
            """)

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Option(help: ArgumentHelp("Only this shape: vector or image.", valueName: "shape"))
    var shape: Shape?

    @Option(help: ArgumentHelp("Seconds of each measurement.", valueName: "seconds"))
    var seconds = 3.0

    @Option(help: ArgumentHelp("Actor processes that send.", valueName: "count"))
    var actors = 1

    /// What the spawned actors are told: where to send.
    @Option(help: .hidden)
    var sendTo: String?

    enum Shape: String, ExpressibleByArgument, CaseIterable { case vector, image }

    func validate() throws {
        guard seconds > 0, actors > 0 else { throw ValidationError("--seconds and --actors take numbers greater than 0.") }
    }

    func run(in program: Program) throws -> Int32 {
        if let sendTo { return try send(to: sendTo) }
        var entries: [TransportEntry] = []
        for shape in TransportShape.allCases where self.shape == nil || self.shape?.rawValue == shape.rawValue {
            let entry = try measure(shape)
            entries.append(entry)
            if !json { print(entry.line) }
        }
        if json {
            print(String(decoding: try JSONEncoder.forReports().encode(TransportReport(entries)), as: UTF8.self))
        }
        return entries.allSatisfy(\.isLedgerClean) ? 0 : 1
    }

    private func measure(_ shape: TransportShape) throws -> TransportEntry {
        let rate = try session(shape, isRoundTrip: false, actors: actors, seconds: seconds)
        let trip = try session(shape, isRoundTrip: true, actors: 1, seconds: min(seconds, 2))
        return TransportEntry(
            shape, curve: false, journal: "none", compression: "none", actors: actors, window: rate.window,
            trips: trip.trips, isLedgerClean: rate.isClean && trip.isClean)
    }

    private func session(
        _ shape: TransportShape, isRoundTrip: Bool, actors: Int, seconds: Double
    ) throws -> (window: TransportReceiver.Window, trips: [Double], isClean: Bool) {
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "bench", logger: Self.logger)
        let receiver = TransportReceiver(link, try shape.offer(isRoundTrip: isRoundTrip))
        let children = try (0..<actors).map { _ in try spawn(shape, link.endpoint) }
        let window = receiver.receive(
            warmUp: 0.5, seconds: seconds, actors: children.map(\.process.processIdentifier))
        let ledger = receiver.finish()
        var trips: [Double] = []
        for child in children {
            let words = child.output.fileHandleForReading.readDataToEndOfFile()
            child.process.waitUntilExit()
            guard child.process.terminationStatus == 0 else { throw CommandError("an actor of the bench failed") }
            trips += (try? JSONDecoder().decode([Double].self, from: words)) ?? []
        }
        let isClean = ledger.isBalanced && ledger.invalid == 0 && ledger.garbage == 0 && ledger.duplicates == 0
            && ledger.overCredit == 0
        return (window, isRoundTrip ? trips : [], isClean)
    }

    private func spawn(_ shape: TransportShape, _ endpoint: String) throws -> (process: Process, output: Pipe) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["bench", "transport", "--send-to", endpoint, "--shape", shape.rawValue]
        process.standardOutput = output
        try process.run()
        return (process, output)
    }

    /// The whole of an actor process of the bench.
    private func send(to endpoint: String) throws -> Int32 {
        let shape = TransportShape(rawValue: shape?.rawValue ?? "vector")!
        let link = try ZeroMQActorLink(
            learner: endpoint, offer: TransportSender.offer(shape, "bench-\(getpid())"), giveUpAfter: 10,
            logger: Self.logger)
        let trips = try TransportSender(link, shape).run()
        print(String(decoding: try JSONEncoder().encode(trips), as: UTF8.self))
        return 0
    }

    /// Warnings on standard error: a bench says nothing else.
    private static var logger: Logger {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }
}
