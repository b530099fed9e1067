package import StarlingExperience

extension [UInt8] {
    /// Appends a plain value as it lies in memory.
    package mutating func append<Value: BitwiseCopyable>(valueBytes value: Value) {
        Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
    }

    /// Appends how many episodes there are, and of each its environment, return and length.
    package mutating func append(finished: [(environment: Int, episode: UnrollHeader.Episode)]) {
        append(valueBytes: UInt64(finished.count))
        for entry in finished {
            append(valueBytes: UInt32(entry.environment))
            append(valueBytes: entry.episode.episodeReturn)
            append(valueBytes: entry.episode.length)
        }
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

    /// So many episodes as `append(finished:)` wrote them behind their number; nil when these bytes are none, or of an environment beyond
    /// `count`.
    package mutating func finished(_ episodes: UInt64, of count: Int) -> [(environment: Int, episode: UnrollHeader.Episode)]? {
        var finished: [(environment: Int, episode: UnrollHeader.Episode)] = []
        while finished.count < episodes {
            guard let environment = read(UInt32.self), environment < UInt32(count), let episodeReturn = read(Float.self),
                let length = read(UInt32.self)
            else { return nil }
            finished.append((Int(environment), .init(episodeReturn: episodeReturn, length: length)))
        }
        return finished
    }

    package mutating func bytes(_ size: UInt64) -> [UInt8]? {
        guard size <= UInt64(source.count - offset) else { return nil }
        defer { offset += Int(size) }
        return Array(source[offset..<offset + Int(size)])
    }
}
