import Foundation
import Glibc
import StarlingThreads

/// Runs this program once more, with other arguments, and waits for its end.
struct ChildProcess {
    /// How it ended.
    enum Ending {
        /// With its status, what it wrote to its output, and the last line of its errors.
        case exited(Int32, output: Data, lastWords: String)
        /// Because this process was asked to stop.
        case stopped
    }

    /// Where its output goes, for pipes can be full and files can't.
    let folder: String

    /// Seconds that one that was told to stop gets, checkpoint and goodbye to its actors included.
    private static let patience = 10.0

    /// - Parameter arguments: of `starling`. A training that is told `--parent-pipe 0` ends with this process, even after `kill -9`.
    /// - Throws: when it does not start.
    func run(_ arguments: [String], shouldStop: () -> Bool) throws -> Ending {
        let (output, errors) = (folder + "/output", folder + "/errors")
        for path in [output, errors] where !FileManager.default.createFile(atPath: path, contents: nil) {
            throw CommandError("can't write \(path): \(String(cString: strerror(errno)))")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = arguments
        // Only this process holds the writing end, and writes nothing.
        let life = Pipe()
        process.standardInput = life
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        do { try process.run() } catch { throw CommandError("\(Self.program) did not start: \(error)") }
        while process.isRunning {
            if shouldStop() {
                end(process)
                return .stopped
            }
            usleep(5_000)
        }
        // One that Ctrl-C reached too has ended by itself.
        if shouldStop() { return .stopped }
        let status = process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
        let words = String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self)
        return .exited(
            status, output: FileManager.default.contents(atPath: output) ?? Data(),
            lastWords: words.split(separator: "\n").last.map(String.init) ?? "")
    }

    private func end(_ process: Process) {
        process.interrupt()
        let deadline = Deadline.after(seconds: Self.patience)
        while process.isRunning, !deadline.isPast { usleep(5_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// The path of this program.
    static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
