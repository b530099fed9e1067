extension SafetensorsFile {
    /// The file's bytes: the same arrays and metadata always give the same bytes. Arrays of wide scalars come first, so
    /// that every one is aligned; within a width they keep their order.
    /// - Precondition: no name twice, none of them `__metadata__`.
    package func encoded() -> [UInt8] {
        precondition(
            Set(arrays.map(\.name)).count == arrays.count && self[Self.metadataKey] == nil,
            "array names must differ and not be \(Self.metadataKey)")
        let ordered = [8, 4, 1].flatMap { width in arrays.filter { $0.scalar.byteCount == width } }
        let header = Self.header(of: ordered, metadata: metadata)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + ordered.reduce(0) { $0 + $1.bytes.count })
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header)
        for array in ordered { bytes.append(contentsOf: array.bytes) }
        return bytes
    }

    static let metadataKey = "__metadata__"

    /// JSON, filled with spaces to a multiple of 8 bytes.
    private static func header(of arrays: [NamedArray], metadata: [String: String]) -> [UInt8] {
        var entries: [String] = []
        if !metadata.isEmpty {
            let words = metadata.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + quoted($0.value) }
            entries.append("\(quoted(metadataKey)):{\(words.joined(separator: ","))}")
        }
        var offset = 0
        for array in arrays {
            let end = offset + array.bytes.count
            let shape = array.shape.map { String($0) }.joined(separator: ",")
            entries.append(
                "\(quoted(array.name)):{\"dtype\":\"\(array.scalar.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        return header
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
