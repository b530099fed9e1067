extension [UInt8] {
    /// Appends a plain value as it lies in memory.
    package mutating func append<Value: BitwiseCopyable>(valueBytes value: Value) {
        Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
    }
}

/// Reads plain values from bytes, nil beyond their end.
package struct StateReader {
    private let source: [UInt8]
    private var offset = 0

    package init(_ source: [UInt8]) { self.source = source }

    package var isAtEnd: Bool { offset == source.count }

    package mutating func read<Value: BitwiseCopyable>(_: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard source.count - offset >= size else { return nil }
        defer { offset += size }
        return source.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }

    package mutating func bytes(_ size: UInt64) -> [UInt8]? {
        guard size <= UInt64(source.count - offset) else { return nil }
        defer { offset += Int(size) }
        return Array(source[offset..<offset + Int(size)])
    }
}
