import Foundation
import StarlingExperience
import StarlingSafetensors
import StarlingStorage

/// A directory of its own that is gone after the body.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "starling-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }
func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}

/// A state with what JSON could spoil.
struct TestState: CheckpointState, Hashable {
    var frames: UInt64 = 9_007_199_254_740_993
    var generator: [UInt64] = [.max, 0, 1 << 63]
    var klWeight = 0.1 + 0.2
    var tiny = Double.leastNonzeroMagnitude
    var name = "ä\"\n"
    var frameLimit: UInt64?

    var fault: String? { name == "no state" ? "it is no state" : nil }
    func fault(of actors: [NamedArray]) -> String? { actors.isEmpty ? nil : "\(actors.count) arrays of actors" }
}

func version(_ generation: UInt32, _ update: UInt64) -> ParameterVersion {
    ParameterVersion(generation: generation, update: update)
}

func checkpoint(_ version: ParameterVersion, _ state: TestState = TestState()) -> Checkpoint<TestState> {
    Checkpoint(
        version: version, state: state,
        parameters: [NamedArray("encoder.weight", shape: [2, 2], [1, 2, 3, Float(version.update)])],
        optimizer: [NamedArray("encoder.weight.mean", shape: [2, 2], [0, 0, 0, 0.5] as [Float])])
}
