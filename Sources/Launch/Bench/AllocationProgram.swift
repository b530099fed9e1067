import Foundation
import StarlingBench
import StarlingCompute

/// The program that counts allocations, because it replaces the C library's functions and this one doesn't.
enum AllocationProgram {
    enum Answer {
        case counted([AllocationEntry])
        /// It is not beside this program.
        case absent(path: String)
        /// It ran, and how that ended.
        case failed(String)
    }

    /// - Parameter tuning: of the steps that are timed, so that counts and times are of the same kernels.
    static func count(with tuning: Tuning) throws -> Answer {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("starling-allocations")
        guard FileManager.default.isExecutableFile(atPath: path.path) else { return .absent(path: path.path) }
        // A file: a pipe that nobody reads any more would be a signal.
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("starling-tuning-\(UUID().uuidString).json")
        try JSONEncoder().encode(tuning).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = path
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = pipe
        try process.run()
        // Ends by itself, after two minutes at the latest.
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        switch (process.terminationReason, process.terminationStatus) {
        case (.uncaughtSignal, SIGALRM): return .failed("needed more than two minutes")
        case (.uncaughtSignal, let signal): return .failed("was ended by signal \(signal)")
        case (_, 0): break
        case (_, let status): return .failed("ended with status \(status)")
        }
        guard let entries = try? JSONDecoder().decode([AllocationEntry].self, from: output) else {
            return .failed("is of another version: what it answered can't be read")
        }
        return .counted(entries)
    }
}
