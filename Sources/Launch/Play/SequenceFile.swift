import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors

/// Sequences that episodes wrote, as files.
enum SequenceFile {
    private static let suffix = ".safetensors"

    /// - Throws: why `write` can't.
    static func check(_ environment: EnvironmentSpec, _ path: String) throws {
        guard [Melody.name, DigitDrawing.name].contains(environment.name) || path.hasSuffix(suffix) else {
            throw CommandError("--record writes \(environment.name) as a file of data alone: name one that ends in \(suffix)")
        }
    }

    /// As `--record` names it: a file of data for programs, else what people see or hear of an environment.
    /// - Returns: what was written where, and what wasn't and why.
    static func write(_ sequences: [[UInt16]], of environment: EnvironmentSpec, to path: String) throws -> [String] {
        if path.hasSuffix(suffix) {
            let length = sequences.first?.count ?? 0
            let array = NamedArray("tokens", shape: [sequences.count, length], sequences.joined().map { Int32($0) })
            return [try OutputFile.write(SafetensorsFile([array]).encoded(), to: path)]
        }
        let tokens = sequences.map { $0.map { UInt8($0) } }
        if environment.name == Melody.name {
            return try MelodyRecording(Array(tokens.prefix(MelodyRecording.melodyLimit))).write(to: path)
        }
        let sheet = DrawingRecording(tokens.map { Drawing($0) }, try DrawingFile.shared.get().classifier)
        return [try OutputFile.write(sheet.png, to: path)]
    }
}
