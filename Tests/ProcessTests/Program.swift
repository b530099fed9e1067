import Foundation
import Synchronization
import Testing

/// A real process of this package: its output is collected line by line, every wait has a deadline, and it is gone
/// when the test is.
final class Program: Sendable {
    let name: String
    private let process: Mutex<Process>
    private let output: Collected
    private let errors: Collected

    /// Starts a program that was built beside the tests.
    init(_ name: String, _ arguments: [String], in directory: String? = nil) throws {
        self.name = name
        let process = Process()
        process.executableURL = name.hasPrefix("/") ? URL(fileURLWithPath: name) : Self.folder.appendingPathComponent(name)
        process.arguments = arguments
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        self.output = Collected(output)
        self.errors = Collected(errors)
        try process.run()
        self.process = Mutex(process)
    }

    deinit { signal(SIGKILL) }

    static func starling(_ arguments: String..., in directory: String? = nil) throws -> Program {
        try starling(arguments, in: directory)
    }

    static func starling(_ arguments: [String], in directory: String? = nil) throws -> Program {
        try Program("starling", arguments, in: directory)
    }

    static func actor(_ arguments: String...) throws -> Program { try Program("starling-actor", arguments) }

    /// Where the programs lie: beside the test bundle.
    static let folder: URL = {
        var url = URL(fileURLWithPath: CommandLine.arguments[0])
        while url.path != "/", !FileManager.default.isExecutableFile(atPath: url.appendingPathComponent("starling").path) {
            url.deleteLastPathComponent()
        }
        return url
    }()

    var identifier: Int32 { process.withLock { $0.processIdentifier } }
    var isRunning: Bool { process.withLock { $0.isRunning } }

    func signal(_ number: Int32) {
        process.withLock { if $0.isRunning { kill($0.processIdentifier, number) } }
    }

    /// What it has written so far.
    var standardOutput: String { output.text }
    var standardError: String { errors.text }
    var everything: String { output.text + errors.text }

    /// Waits for the end.
    /// - Returns: the exit status (128 + n for signal n), or nil when it still ran at the deadline: it is killed then.
    @discardableResult
    func wait(seconds: Double) -> Int32? {
        let ended = eventually(within: seconds) { !self.isRunning }
        guard ended else {
            signal(SIGKILL)
            return nil
        }
        output.finish()
        errors.finish()
        return process.withLock {
            $0.terminationReason == .uncaughtSignal ? 128 + $0.terminationStatus : $0.terminationStatus
        }
    }

    /// Waits until the output or the errors contain a text.
    func waits(for text: String, seconds: Double) -> Bool {
        eventually(within: seconds) { self.everything.contains(text) }
    }

    /// What a pipe brought.
    private final class Collected: Sendable {
        private let data = Mutex(Data())
        private let ended = Mutex(false)

        init(_ pipe: Pipe) {
            pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
                let chunk = handle.availableData
                if chunk.isEmpty {
                    handle.readabilityHandler = nil
                    self?.ended.withLock { $0 = true }
                } else {
                    self?.data.withLock { $0.append(chunk) }
                }
            }
        }

        var text: String { String(decoding: data.withLock { $0 }, as: UTF8.self) }
        func finish() { _ = eventually(within: 2) { self.ended.withLock { $0 } } }
    }
}

/// Asks again and again until it holds.
/// - Returns: whether it held before the time was over.
func eventually(within seconds: Double, _ condition: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while !condition() {
        guard Date() < deadline else { return condition() }
        usleep(20_000)
    }
    return true
}

/// A directory of one test, removed with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "starling-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { path + "/" + name }

    func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path(name)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Rows of a `metrics.jsonl`.
    func rows(_ name: String) throws -> [[String: Any]] {
        let text = try String(contentsOfFile: path(name), encoding: .utf8)
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }
}

/// A TCP port of the loopback interface that nobody listens on now.
func freePort() -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            precondition(bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0)
        }
    }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Runs a body that blocks on a thread of its own: the test runner's pool is small.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}
