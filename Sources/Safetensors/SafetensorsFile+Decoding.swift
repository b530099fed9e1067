extension SafetensorsFile {
    /// The format's own limit, against headers that are made to eat memory.
    private static let longestHeader = 100_000_000

    /// Reads a whole file. Everything is checked before an array is copied: lengths against the bytes that are there,
    /// shapes against offsets, offsets against each other (no holes, no overlaps).
    package init(decoding bytes: [UInt8]) throws(SafetensorsError) {
        guard bytes.count >= 8 else {
            throw SafetensorsError(.truncated, "\(bytes.count) bytes are too few for a safetensors file")
        }
        let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(Self.longestHeader) else {
            throw SafetensorsError(.header, "a safetensors header of \(length) bytes is over the format's limit")
        }
        guard length <= UInt64(bytes.count - 8) else {
            throw SafetensorsError(
                .truncated, "a safetensors header of \(length) bytes in a file that has only \(bytes.count - 8) more")
        }
        let data = bytes[(8 + Int(length))...]
        let (entries, metadata) = try Self.parse(bytes[8..<8 + Int(length)])
        var end = 0
        for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard entry.start == end, entry.end >= entry.start else {
                throw SafetensorsError(.layout, "\(entry.name) overlaps another array or leaves a hole before it")
            }
            guard entry.end <= data.count else {
                throw SafetensorsError(.truncated, "\(entry.name) ends at byte \(entry.end) of only \(data.count)")
            }
            guard entry.byteCount == entry.end - entry.start else {
                throw SafetensorsError(
                    .layout,
                    "\(entry.name) is \(entry.scalar.rawValue) \(entry.shape), not \(entry.end - entry.start) bytes")
            }
            end = entry.end
        }
        guard end == data.count else {
            throw SafetensorsError(.layout, "\(data.count - end) bytes after the last array")
        }
        self.init(
            entries.map { entry in
                let bytes = Array(data[data.startIndex + entry.start..<data.startIndex + entry.end])
                return NamedArray(entry.name, entry.scalar, shape: entry.shape, bytes: bytes)
            }, metadata: metadata)
    }

    private struct Entry {
        var name: String
        var scalar: ArrayScalar
        var shape: [Int]
        var start: Int
        var end: Int

        /// What the shape asks for; nil when that is more than there is memory.
        var byteCount: Int? {
            var count = scalar.byteCount
            for extent in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                guard !overflow else { return nil }
                count = product
            }
            return count
        }
    }

    private static func parse(
        _ header: ArraySlice<UInt8>
    ) throws(SafetensorsError) -> (entries: [Entry], metadata: [String: String]) {
        guard header.first == UInt8(ascii: "{") else {
            throw SafetensorsError(.header, "the safetensors header does not begin with {")
        }
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        var parser = HeaderParser(header)
        try parser.object { name, parser throws(SafetensorsError) in
            if name == metadataKey {
                try parser.object { key, parser throws(SafetensorsError) in metadata[key] = try parser.string() }
            } else {
                entries.append(try entry(name, &parser))
            }
        }
        try parser.end()
        return (entries, metadata)
    }

    private static func entry(_ name: String, _ parser: inout HeaderParser) throws(SafetensorsError) -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try parser.object { key, parser throws(SafetensorsError) in
            switch key {
            case "dtype": type = try parser.string()
            case "shape": shape = try parser.integers()
            case "data_offsets": offsets = try parser.integers()
            default: throw SafetensorsError(.header, "\(name) has an unknown field \"\(key)\"")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw SafetensorsError(.header, "\(name) needs dtype, shape and two data_offsets")
        }
        guard let scalar = ArrayScalar(rawValue: type) else {
            let known = ArrayScalar.allCases.map(\.rawValue).joined(separator: ", ")
            throw SafetensorsError(.unsupported, "\(name) is of type \(type); only \(known) are read here")
        }
        return Entry(name: name, scalar: scalar, shape: shape, start: offsets[0], end: offsets[1])
    }
}
