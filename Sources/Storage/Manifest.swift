import Foundation
import StarlingExperience

/// `manifest.json`: what a checkpoint is, and the digests by which damage is seen.
struct Manifest<State: CheckpointState>: Codable {
    /// Raised when a reader of the old format would misunderstand the new one.
    static var currentFormat: Int { 2 }

    var format = Self.currentFormat
    var parameterVersion: Version
    /// By file name.
    var files: [String: ManifestFile]
    var state: State

    struct Version: Codable {
        var generation: UInt32
        var update: UInt64
    }

    private enum CodingKeys: String, CodingKey {
        case format, files, state
        case parameterVersion = "parameter_version"
    }
}

/// Size and digest of one of a checkpoint's files.
struct ManifestFile: Codable, Equatable {
    var bytes: Int
    var xxh64: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes.count
        xxh64 = ManifestText.digest(bytes)
    }
}

/// The manifest as text: JSON whose last member is a checksum of all before it.
enum ManifestText {
    /// XXH64 as 16 hexadecimal digits.
    static func digest(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes(Digest.text) }

    static func encode(_ manifest: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // JSON has no such numbers, and the checkpoint that is written because of a NaN must not fail because of it.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        var body = Array(try encoder.encode(manifest))
        precondition(body.suffix(2) == Array("\n}".utf8), "the encoder's form has changed")
        body.removeLast(2)
        return body + ending(of: body)
    }

    /// nil when the text isn't to the byte what `encode` made.
    static func decode<Content: Decodable>(_ type: Content.Type, from bytes: [UInt8]) -> Content? {
        let length = ending(of: []).count
        guard bytes.count > length else { return nil }
        let body = Array(bytes.dropLast(length))
        guard Array(bytes.suffix(length)) == ending(of: body) else { return nil }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(type, from: Data(bytes))
    }

    private static func ending(of body: [UInt8]) -> [UInt8] {
        Array(",\n  \"checksum\" : \"\(digest(body))\"\n}\n".utf8)
    }
}
