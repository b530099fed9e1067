package import Foundation
import Synchronization

/// A real process of this package: its output is collected, every wait has a deadline, and it is gone
/// when the test is.
package final class Program: Sendable {
    package let name: String
    private let process: Held
    private let output = Collected()
    private let errors = Collected()

    /// Starts a program.
    /// - Parameters:
    ///   - name: of one that was built beside the tests, or the path of another.
    ///   - host: the machine it runs on; nil is this one, with the network it has.
    ///   - environment: variables beside those of this process.
    package init(
        _ name: String, _ arguments: [String], in directory: String? = nil, on host: Machine? = nil,
        environment: [String: String] = [:]
    ) throws {
        self.name = name
        let process = Process()
        let program = name.hasPrefix("/") ? URL(fileURLWithPath: name) : Self.folder.appendingPathComponent(name)
        process.executableURL = program
        process.arguments = arguments
        if host != nil {
            // Nothing outlives this process in a network that went with it, even after `kill -9`.
            process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
            process.arguments = ["--pdeathsig", "KILL", program.path] + arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.handle
        process.standardError = errors.handle
        let held = Held(process)
        self.process = held
        // A child is in the network of the thread that starts it.
        if let host { try host.run { try held.withLock { try $0.run() } } } else { try held.withLock { try $0.run() } }
    }

    deinit { signal(SIGKILL) }

    package static func starling(_ arguments: String..., in directory: String? = nil) throws -> Program {
        try starling(arguments, in: directory)
    }

    package static func starling(_ arguments: [String], in directory: String? = nil) throws -> Program {
        try Program("starling", arguments, in: directory)
    }

    package static func actor(_ arguments: String...) throws -> Program { try Program("starling-actor", arguments) }

    /// Where the programs lie: beside the test bundle.
    package static let folder: URL = {
        var url = URL(fileURLWithPath: CommandLine.arguments[0])
        while url.path != "/", !FileManager.default.isExecutableFile(atPath: url.appendingPathComponent("starling").path) {
            url.deleteLastPathComponent()
        }
        return url
    }()

    package var identifier: Int32 { process.withLock { $0.processIdentifier } }
    package var isRunning: Bool { process.withLock { $0.isRunning } }

    package func signal(_ number: Int32) {
        process.withLock { if $0.isRunning { kill($0.processIdentifier, number) } }
    }

    /// What it has written so far.
    package var standardOutput: String { output.text }
    package var standardError: String { errors.text }
    package var everything: String { output.text + errors.text }

    /// Waits for the end.
    /// - Returns: the exit status (128 + n for signal n), or nil when it still ran at the deadline: it is killed then.
    @discardableResult
    package func wait(seconds: Double) -> Int32? {
        let ended = eventually(within: seconds) { !self.isRunning }
        guard ended else {
            signal(SIGKILL)
            return nil
        }
        return process.withLock {
            $0.terminationReason == .uncaughtSignal ? 128 + $0.terminationStatus : $0.terminationStatus
        }
    }

    /// Waits until the output or the errors contain a text.
    package func waits(for text: String, seconds: Double) -> Bool {
        eventually(within: seconds) { self.everything.contains(text) }
    }

    private final class Held: Sendable {
        private let process: Mutex<Process>

        init(_ process: sending Process) { self.process = Mutex(process) }

        func withLock<Result: Sendable>(_ body: (Process) throws -> Result) rethrows -> Result {
            try process.withLock { try body($0) }
        }
    }

    /// A file without a name that a process writes to. It needs no thread that reads, however many processes there are.
    private final class Collected: Sendable {
        private let descriptor: Int32

        init() {
            var path = Array((NSTemporaryDirectory() + "starling-output-XXXXXX").utf8CString)
            descriptor = mkstemp(&path)
            precondition(descriptor >= 0, "no file for a program's output: \(String(cString: strerror(errno)))")
            unlink(path)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_APPEND)
        }

        deinit { close(descriptor) }

        var handle: FileHandle { FileHandle(fileDescriptor: descriptor, closeOnDealloc: false) }

        var text: String {
            var state = stat()
            fstat(descriptor, &state)
            let bytes = [UInt8](unsafeUninitializedCapacity: Int(state.st_size)) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
