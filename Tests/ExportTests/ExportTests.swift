import Foundation
import StarlingCompute
import StarlingExperience
import StarlingExport
import StarlingLatentPolicy
import StarlingSafetensors
import Testing

/// A Python that runs what is exported, if there is one here.
enum OtherPython {
    static let program = ProcessInfo.processInfo.environment["STARLING_TEST_PYTHON"] ?? "python3"
    static let hasRuntime = (try? run("-c", "import onnx, onnxruntime")) != nil
    static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// - Returns: what it wrote.
    static func run(_ arguments: String...) throws -> String {
        let (process, written) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = written
        if arguments.first == "-c" { process.standardError = FileHandle.nullDevice }
        try process.run()
        let output = try written.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: output, as: UTF8.self)
    }
}

@Suite struct ExportTests {
    /// What `Tests/Fixtures/export/check.py` says of one output by one way of computing it.
    private struct Line: Decodable {
        let backend: String
        let output: String
        let rows: Int
        /// Largest |a − b| relative to max(1, |b|).
        let distance: Double
        /// Of actions: rows that are others, but for those where the best two are equal to rounding.
        let others: Int
        let ties: Int
    }

    /// Every kind of model in ONNX's runtime, in numpy and, where it is, in PyTorch: the actions are Starling's, log-probabilities to 1e-5.
    @Test(
        .enabled(if: OtherPython.hasRuntime, "python3 lacks onnx or onnxruntime: STARLING_TEST_PYTHON names one that has them"),
        arguments: Kind.all)
    func elsewhereItActsTheSame(kind: Kind) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "starling-export-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let made = try Case(kind)
        try made.write(to: folder)
        let told = try OtherPython.run(
            OtherPython.tests.appending(path: "Fixtures/export/check.py").path, folder.path,
            OtherPython.tests.deletingLastPathComponent().appending(path: "deploy/python").path)
        let lines = try told.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        let wanted = Set(made.expected.map(\.name)).subtracting(["margin"])
        for backend in Set(lines.map(\.backend)).union(["onnx", "numpy"]) {
            let own = lines.filter { $0.backend == backend }
            #expect(Set(own.map(\.output)) == wanted, "\(backend)")
            for line in own {
                #expect(line.distance <= 1e-5, "\(backend): \(line.output)")
                #expect(line.others == 0 && line.ties <= 10, "\(backend): \(line.output)")
                if backend == "onnx", line.output == "action" { #expect(line.rows == 10_000) }
            }
        }
    }

    /// Of a kernel that no writer knows it is told, and so of what it can't be without.
    @Test func whatCanNotLeaveIsTold() throws {
        var g = Graph()
        let port = g.input("observation", .perRow(.samples, 3), Float.self)
        let sum = g.sum(port.node, over: .rows)
        var doors = PortableModel.Doors()
        doors.inputs[port.node] = .input(.init(name: "observation", dims: [3], hasRows: true))
        doors.outputs = [("sum", sum)]
        #expect(throws: ExportError.self) { try PortableModel(g, doors) }
        let kind = Kind.all[0]
        let made = try Case(kind)
        let model = try PortableModel.acting(kind.policy, values: nil)
        let without = made.parameters.filter { $0.name != "encoder.0.weight" }
        let error = #expect(throws: ExportError.self) { try ONNXFile.bytes(model, name: "", parameters: without, about: [:]) }
        #expect(error?.description == "there is no parameter encoder.0.weight")
        let other = without + [NamedArray("encoder.0.weight", shape: [4, 32], [Float](repeating: 0, count: 128))]
        let mismatch = #expect(throws: ExportError.self) { try ONNXFile.bytes(model, name: "", parameters: other, about: [:]) }
        #expect(mismatch?.description == "the parameter encoder.0.weight is F32 [4, 32], not F32 [32, 4]")
    }
}
