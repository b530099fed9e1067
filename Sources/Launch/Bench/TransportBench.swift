import Foundation
import Logging
import StarlingBench
import StarlingExperience
import StarlingLearning
import StarlingMessages
import StarlingStorage
import StarlingThreads
import StarlingTransport

/// One row of the transport bench: what is sent, and what is done with it on the way.
struct TransportBench {
    let shape: TransportShape
    let isEncrypted: Bool
    let journal: JournalSync
    let compression: BlockCompression
    /// Actor processes that send while the rate is measured; a round trip has one.
    let actors: Int
    let seconds: Double

    /// Bytes of a journal, so many that it seldom asks for a checkpoint.
    private static let journalByteBudget = 1 << 30

    func measure() throws -> TransportEntry {
        let rate = try session(isRoundTrip: false, actors: actors, seconds: seconds)
        let trip = try session(isRoundTrip: true, actors: 1, seconds: min(seconds, 2))
        return TransportEntry(
            shape, curve: isEncrypted, journal: journal.rawValue, compression: compression.name, actors: actors,
            window: rate.window, trips: trip.trips, isLedgerClean: rate.isClean && trip.isClean)
    }

    private func session(
        isRoundTrip: Bool, actors: Int, seconds: Double
    ) throws -> (window: TransportReceiver.Window, trips: [Double], isClean: Bool) {
        let keys = try isEncrypted ? BenchKeys() : nil
        let folder = try TemporaryFolder()
        let link = try ZeroMQLearnerLink(
            bind: "tcp://127.0.0.1:*", build: "bench", keys: keys?.directory, logger: Self.logger)
        let journal = startJournal(in: folder)
        let receiver = TransportReceiver(
            link, try shape.offer(isRoundTrip: isRoundTrip, compression: compression), journal: journal
        ) { books in
            guard let journal, journal.status.wantsCheckpoint else { return }
            // As if a checkpoint were stored: else the journal would be full, and acknowledgements stop.
            journal.checkpointed(newest: books().position, oldest: books().position)
        }
        let children = try (0..<actors).map { _ in try spawn(link.endpoint, key: keys?.actorFile) }
        let window = receiver.receive(
            warmUp: 0.5, seconds: seconds, actors: children.map(\.process.processIdentifier))
        let ledger = receiver.finish()
        journal?.close(before: .after(seconds: 10))
        var trips: [Double] = []
        for child in children {
            let words = child.output.fileHandleForReading.readDataToEndOfFile()
            child.process.waitUntilExit()
            guard child.process.terminationStatus == 0 else { throw CommandError("an actor of the bench failed") }
            trips += (try? JSONDecoder().decode([Double].self, from: words)) ?? []
        }
        let isClean =
            ledger.isBalanced && ledger.invalid == 0 && ledger.garbage == 0 && ledger.duplicates == 0
            && ledger.overCredit == 0
        return (window, isRoundTrip ? trips : [], isClean)
    }

    private func startJournal(in folder: TemporaryFolder) -> Journal? {
        guard journal != .none else { return nil }
        let logger = Self.logger
        return Journal(
            JournalFiles(RunPaths(folder.path)),
            Journal.Settings(sync: journal, byteBudget: Self.journalByteBudget, checkpointsKept: 1, run: 1, generation: 1)
        ) { word in
            if case .warning(let line) = word { logger.error("\(line)") }
        }
    }

    private func spawn(_ endpoint: String, key: String?) throws -> (process: Process, output: Pipe) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["bench", "transport", "--send-to", endpoint, "--shape", shape.rawValue]
            + (key.map { ["--key", $0] } ?? [])
        process.standardOutput = output
        try process.run()
        return (process, output)
    }

    /// Errors on standard error: a bench says nothing else.
    static var logger: Logger {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }
}
