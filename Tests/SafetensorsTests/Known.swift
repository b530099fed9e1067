import StarlingSafetensors

/// The arrays of the script that makes `pythonFile`.
let knownArrays = [
    NamedArray("weight", shape: [2, 3], [1.5, -2.0, 3.25, 0.1, 1e-30, -0.0] as [Float]),
    NamedArray("step", shape: [], [9_007_199_254_740_993] as [Int64]),
    NamedArray("key", [.max, 0] as [UInt64]),
    NamedArray("mean", [1.0 / 3.0] as [Double]),
    NamedArray("action", [-7, .max] as [Int32]),
    NamedArray("pixels", shape: [1, 3], [0, 127, 255] as [UInt8]),
    NamedArray("nothing", shape: [0, 4], [] as [Float]),
]

func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A file of this header and so many zero bytes of data.
func file(_ header: String, data: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
        + [UInt8](repeating: 0, count: data)
}
