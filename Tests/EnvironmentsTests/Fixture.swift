import Foundation
import StarlingSafetensors
import Testing

/// Files of `Tests/Fixtures`.
enum Fixture {
    static func file(_ path: String) throws -> SafetensorsFile {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try SafetensorsFile(decoding: Array(try Data(contentsOf: tests.appending(path: "Fixtures/" + path))))
    }
}

extension SafetensorsFile {
    func values<Scalar: BitwiseCopyable>(_ name: String, of scalar: Scalar.Type) throws -> [Scalar] {
        try #require(self[name]?.values(as: scalar), "no array '\(name)' of that type")
    }
}
