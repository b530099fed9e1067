import Foundation
import StarlingBench

/// Which modules the Python lacks that a bench's rows need.
struct PythonModules {
    private let program: String
    private let missing: Set<String>

    init(neededBy rows: [LearningRow]) {
        // As the runs, which are processes of their own, find it.
        let told = ProcessInfo.processInfo.environment["STARLING_PYTHON"] ?? ""
        program = told.isEmpty ? "python3" : told
        let modules = Set(rows.compactMap(\.python?.module)).sorted()
        missing = modules.isEmpty ? [] : Self.missing(["gymnasium"] + modules, in: program) ?? Set(modules)
    }

    /// - Returns: what brings what a row needs; nil where all is there.
    func missing(_ row: LearningRow) -> String? {
        guard let python = row.python, missing.contains(python.module) || missing.contains("gymnasium") else { return nil }
        return "\(program) has no \(python.module): `\(program) -m pip install \(python.packages)` brings it, and $STARLING_PYTHON names "
            + "another Python"
    }

    /// - Returns: nil where there is no such Python.
    private static func missing(_ modules: [String], in program: String) -> Set<String>? {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let question = "import importlib.util as u, sys; print(*[m for m in sys.argv[1:] if u.find_spec(m) is None])"
        process.arguments = [program, "-c", question] + modules
        (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, output, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return nil }
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return Set(String(decoding: answer, as: UTF8.self).split { $0 == " " || $0 == "\n" }.map(String.init))
    }
}
