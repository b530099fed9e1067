import StarlingExperience

/// Reads the header of EXPERIENCE, the message that comes by the thousand, straight from its bytes and without an
/// allocation, if it has the form that every encoder gives it: fields of this schema, each once and in the order of their
/// numbers, lists in one piece, all numbers within their limits. Any other frame, the valid ones among them too, is the
/// business of `ActorMessage.init(decodingAny:)`, which knows all of Protobuf, and the words for what is wrong.
package struct ExperienceReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    /// - Returns: nil for a frame of another form; whatever it is given.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> ExperienceHeader? {
        var reader = ExperienceReader(bytes)
        guard bytes.count <= WireLimits.headerByteCount, reader.begins() else { return nil }
        return reader.header()
    }

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Field 2 of ActorFrame, whose message goes to the end.
    private mutating func begins() -> Bool {
        number() == 2 << 3 | 2 && number().map { $0 == UInt64(bytes.count - place) } == true
    }

    private mutating func header() -> ExperienceHeader? {
        var header = ExperienceHeader(
            session: 0, counts: ActorCounts(),
            unroll: UnrollHeader(
                sequence: 0, version: ParameterVersion(generation: 0, update: 0), digest: 0, firstStep: 0,
                firstEnvironment: 0, noiseKey: 0, episodes: []),
            byteCount: 0, checksum: 0)
        var lastKey: UInt64 = 0
        var (returns, measures) = (0..<0, 0..<0)
        while place < bytes.count {
            // Keys of one wire type each grow as numbers of fields do.
            guard let key = number(), key > lastKey else { return nil }
            lastKey = key | 7
            switch key {
            case 1 << 3:
                guard let value = number() else { return nil }
                header.session = value
            case 2 << 3:
                guard let value = sequence() else { return nil }
                header.unroll.sequence = value
            case 3 << 3:
                guard let value = small() else { return nil }
                header.unroll.version.generation = value
            case 4 << 3:
                guard let value = number(), value <= ParameterVersion.updateLimit else { return nil }
                header.unroll.version.update = value
            case 5 << 3 | 1:
                guard let value = fixed() else { return nil }
                header.unroll.digest = value
            case 6 << 3:
                guard let value = number() else { return nil }
                header.unroll.firstStep = value
            case 7 << 3:
                guard let value = small() else { return nil }
                header.unroll.firstEnvironment = value
            case 8 << 3 | 1:
                guard let value = fixed() else { return nil }
                header.unroll.noiseKey = value
            case 9 << 3 | 2:
                guard let value = list() else { return nil }
                returns = value
            case 10 << 3 | 2:
                guard let lengths = list(), let episodes = episodes(returns, lengths) else { return nil }
                header.unroll.episodes = episodes
            case 11 << 3:
                guard let value = small() else { return nil }
                header.byteCount = value
            case 12 << 3 | 1:
                guard let value = fixed() else { return nil }
                header.checksum = value
            case 13 << 3:
                guard let value = sequence() else { return nil }
                header.counts.produced = value
            case 14 << 3:
                guard let value = sequence() else { return nil }
                header.counts.sentThrough = value
            case 15 << 3:
                guard let value = number() else { return nil }
                header.counts.steps = value
            case 20 << 3:
                guard let value = small() else { return nil }
                header.compressedByteCount = value
            case 21 << 3 | 1:
                guard let value = fixed() else { return nil }
                header.unroll.tag = value
            case 22 << 3 | 2:
                guard let place = list(), let value = scalars(place) else { return nil }
                header.unroll.scalars = value
            case 23 << 3:
                guard let value = number() else { return nil }
                header.counts.times.waiting = min(value, WireLimits.nanoseconds)
            case 24 << 3 | 2:
                guard let value = list() else { return nil }
                measures = value
            default: return nil
            }
        }
        guard header.unroll.sequence >= 1, (1...UInt32(WireLimits.blockByteCount)).contains(header.byteCount),
            header.compressedByteCount < header.byteCount, header.unroll.episodes.count * 4 == returns.count
        else { return nil }
        guard measures.isEmpty || add(measures, to: &header.unroll.episodes) else { return nil }
        return header
    }

    /// Gives each episode its share of the measures in these bytes.
    private func add(_ measures: Range<Int>, to episodes: inout [UnrollHeader.Episode]) -> Bool {
        guard measures.count % 4 == 0 else { return false }
        let values = stride(from: measures.lowerBound, to: measures.upperBound, by: 4).map { place in
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        }
        return episodes.take(measures: values)
    }

    /// The episodes whose returns and lengths lie in these bytes.
    private func episodes(_ returns: Range<Int>, _ lengths: Range<Int>) -> [UnrollHeader.Episode]? {
        guard returns.count % 4 == 0 else { return nil }
        var episodes: [UnrollHeader.Episode] = []
        episodes.reserveCapacity(returns.count / 4)
        var reader = ExperienceReader(UnsafeRawBufferPointer(rebasing: bytes[lengths]))
        for place in stride(from: returns.lowerBound, to: returns.upperBound, by: 4) {
            let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            let value = Float(bitPattern: UInt32(littleEndian: bits))
            guard value.isFinite, let length = reader.small() else { return nil }
            episodes.append(UnrollHeader.Episode(episodeReturn: value, length: length))
        }
        return reader.place == lengths.count ? episodes : nil
    }

    /// The acting scalars in these bytes.
    private func scalars(_ place: Range<Int>) -> ActingScalars? {
        var scalars = ActingScalars()
        var reader = ExperienceReader(UnsafeRawBufferPointer(rebasing: bytes[place]))
        var lastKey: UInt64 = 0
        while reader.place < place.count {
            guard let key = reader.number(), key > lastKey, let value = reader.float() else { return nil }
            lastKey = key | 7
            switch key {
            case 1 << 3 | 5 where ActingScalars.epsilons.contains(value): scalars.epsilon = value
            case 2 << 3 | 5 where ActingScalars.temperatures.contains(value): scalars.temperature = value
            default: return nil
            }
        }
        return scalars
    }

    // MARK: Values; nil where there is none of the kind

    private mutating func number() -> UInt64? {
        guard place < bytes.count else { return nil }
        var value = UInt64(bytes[place])
        place += 1
        guard value > 127 else { return value }
        value &= 127
        // A tenth byte holds one bit; Protobuf lets others pass, which is not the plain form.
        for shift in stride(from: UInt64(7), to: 63, by: 7) {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
        }
        guard place < bytes.count, bytes[place] <= 1 else { return nil }
        value |= UInt64(bytes[place]) << 63
        place += 1
        return value
    }

    private mutating func small() -> UInt32? { number().flatMap { UInt32(exactly: $0) } }

    private mutating func sequence() -> UInt64? { number().flatMap { $0 <= WireLimits.sequence ? $0 : nil } }

    private mutating func fixed() -> UInt64? {
        guard bytes.count - place >= 8 else { return nil }
        defer { place += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    private mutating func float() -> Float? {
        guard bytes.count - place >= 4 else { return nil }
        defer { place += 4 }
        return Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    }

    /// Where the bytes of a field with a length lie.
    private mutating func list() -> Range<Int>? {
        guard let count = number(), count <= UInt64(bytes.count - place) else { return nil }
        defer { place += Int(count) }
        return place..<place + Int(count)
    }
}
