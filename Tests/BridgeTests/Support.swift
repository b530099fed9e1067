import Foundation
import Logging
import StarlingBridge
import StarlingEnvironments
import Synchronization
import Testing

/// The Python that the tests step environments of: STARLING_TEST_PYTHON, or whichever is called so here.
enum TestPython {
    static let program = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"

    /// Whether it has what the bridge needs; where not, its tests say so and are skipped.
    static let hasGymnasium = (try? run(["-c", "import gymnasium, numpy"], "")) != nil

    static let hasAtari = (try? run(["-c", "import gymnasium, ale_py, cv2"], "")) != nil
    static let hasCars = (try? run(["-c", "import gymnasium, Box2D, pygame, cv2"], "")) != nil

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/gymnasium")
    static let worlds = folder.appending(path: "worlds.py").path

    /// - Returns: what it wrote.
    static func run(_ arguments: [String], _ input: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let (given, written) = (FileManager.default.temporaryDirectory.appending(path: UUID().uuidString), Pipe())
        try input.write(to: given, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: given) }
        (process.standardInput, process.standardOutput) = (try FileHandle(forReadingFrom: given), written)
        if arguments.first == "-c" { process.standardError = FileHandle.nullDevice }
        try process.run()
        let output = try written.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return output
    }
}

/// Lines that were logged.
final class LoggedLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func contain(_ text: String) -> Bool { all.contains { $0.contains(text) } }
    func count(_ text: String) -> Int { all.count { $0.contains(text) } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LoggedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.level): \(event.message)") } }
    }
}

/// The environment `gymnasium` with options.
struct World {
    let lines = LoggedLines()
    let settings: PythonSettings
    let entry: EnvironmentRegistry.Entry
    let options: EnvironmentOptions

    /// - Parameter isOwn: whether it is one of `worlds.py`.
    init(
        _ assignments: String..., isOwn: Bool = false, modules: [String: String?] = [:], renders: Bool = false,
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        settings = PythonSettings(
            program: TestPython.program, modules: isOwn ? ["worlds": TestPython.worlds] : modules, logger: lines.logger, renders: renders,
            isStopping: isStopping)
        entry = .gymnasium(settings)
        var options = EnvironmentOptions()
        for assignment in assignments + (isOwn ? ["module=worlds"] : []) { precondition(options.set(assignment: assignment), assignment) }
        self.options = options
    }

    func batches(groups: Int = 1, width: Int) throws -> [any EnvironmentBatch] {
        try entry.makeBatches(entry.spec(options), groups: groups, width: width)
    }
}

/// What a batch gave, row by row.
struct Played {
    /// `[T + 1][E·D]`, as numbers whatever they are.
    var observations: [[Float]] = []
    var rewards: [[Float]] = []
    var kinds: [[UInt8]] = []
    var episodes: [(environment: Int, episode: UnrollHeader.Episode)] = []

    init(_ batch: any EnvironmentBatch, seeds: [UInt64]) throws {
        try withRow(of: batch) { try batch.reset(seeds: seeds, into: $0) }
    }

    /// - Parameter actions: `[E]` Int32, or `[E, K]` Float.
    mutating func step(_ batch: any EnvironmentBatch, _ actions: [some BitwiseCopyable]) throws {
        var rewards = [Float](repeating: .nan, count: batch.count)
        var kinds = [UInt8](repeating: 99, count: batch.count)
        try withRow(of: batch) { row in
            try actions.withUnsafeBytes { actions in
                try rewards.withUnsafeMutableBufferPointer { rewards in
                    try kinds.withUnsafeMutableBufferPointer { kinds in
                        try batch.step(actions: actions, into: row, rewards: rewards, kinds: kinds)
                    }
                }
            }
        }
        self.rewards.append(rewards)
        self.kinds.append(kinds)
        batch.takeFinishedEpisodes { episodes.append(($0, $1)) }
    }

    private mutating func withRow(of batch: any EnvironmentBatch, _ write: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        let row = UnsafeMutableRawBufferPointer.allocate(byteCount: batch.count * batch.spec.observation.byteCount, alignment: 64)
        defer { row.deallocate() }
        try write(row)
        observations.append(
            batch.spec.observation.scalar == .float32 ? Array(row.bindMemory(to: Float.self)) : row.map { Float($0) })
    }
}
