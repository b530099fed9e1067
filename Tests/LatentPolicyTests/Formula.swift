import Foundation
import StarlingSafetensors

/// A file of `Tests/Fixtures/models`.
func fixture(_ name: String) throws -> SafetensorsFile {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try SafetensorsFile(
        decoding: Array(try Data(contentsOf: tests.appending(path: "Fixtures/models/\(name).safetensors"))))
}

/// Numbers that `Tests/Fixtures/models/make.py` makes too, bit by bit, from a name.
enum Formula {
    /// Words of 32 bits: of the FNV-1a hash of a name plus 0x9E3779B9 times 1, 2, 3, ….
    static func words(_ name: String, _ count: Int) -> [UInt32] {
        let seed = name.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return (1...count).map { index in
            var word = seed &+ UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9
            for _ in 0..<2 { word = (word ^ word >> 16) &* 0x45D_9F3B }
            return word ^ word >> 16
        }
    }

    /// A parameter: uniform in ±√(6 / numbers per first index), of residual sections in half of it, biases in ±0.1.
    static func array(_ name: String, _ shape: [Int]) -> NamedArray {
        let count = shape.reduce(1, *)
        var bound = shape.count == 1 ? 0.1 : (6 / Double(count / shape[0])).squareRoot()
        if shape.count > 1, name.contains("blocks") || name.contains("convolution") { bound /= 2 }
        let values = words(name, count).map { Float(bound * (2 * (Double($0) / 0x1p32) - 1)) }
        return NamedArray(name, shape: shape, values)
    }

    /// Bytes of observations.
    static func observations(_ count: Int) -> [UInt8] { words("observation", count).map { UInt8($0 >> 24) } }
}
