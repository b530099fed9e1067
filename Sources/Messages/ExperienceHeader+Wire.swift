import StarlingExperience

extension ExperienceHeader {
    init(_ wire: WireExperience) throws(MessageError) {
        guard wire.episodeReturns.count == wire.episodeLengths.count else {
            throw MessageError(
                .outOfRange,
                "\(wire.episodeReturns.count) episode_returns and \(wire.episodeLengths.count) episode_lengths")
        }
        _ = try Check.number(wire.sequence, in: 1...WireLimits.sequence, "experience.sequence")
        _ = try Check.number(wire.byteCount, in: 1...UInt32(WireLimits.blockByteCount), "experience.byte_count")
        _ = try Check.number(wire.compressedByteCount, in: 0...wire.byteCount - 1, "experience.compressed_byte_count")
        var episodes: [UnrollHeader.Episode] = []
        if !wire.episodeReturns.isEmpty {
            episodes.reserveCapacity(wire.episodeReturns.count)
            for (value, length) in zip(try Check.finite(wire.episodeReturns, "episode_returns"), wire.episodeLengths) {
                episodes.append(UnrollHeader.Episode(episodeReturn: value, length: length))
            }
        }
        if wire.episodeMeasures.contains(where: \.isNaN) { throw MessageError(.outOfRange, "episode_measures hold NaN") }
        guard wire.episodeMeasures.isEmpty || episodes.take(measures: wire.episodeMeasures) else {
            throw MessageError(.outOfRange, "\(wire.episodeMeasures.count) episode_measures of \(episodes.count) episodes")
        }
        self.init(
            session: wire.session,
            counts: ActorCounts(
                produced: try Check.number(wire.produced, in: 0...WireLimits.sequence, "experience.produced"),
                sentThrough: try Check.number(wire.sentThrough, in: 0...WireLimits.sequence, "experience.sent_through"),
                steps: wire.steps, times: ActorTimes(waiting: min(wire.waitingNanoseconds, WireLimits.nanoseconds))),
            unroll: UnrollHeader(
                sequence: wire.sequence,
                version: ParameterVersion(
                    generation: wire.generation, update: try Check.update(wire.update, "experience.update")),
                digest: wire.digest, tag: wire.tag, scalars: try ActingScalars(wire.scalars),
                firstStep: wire.firstStep, firstEnvironment: wire.firstEnvironment, noiseKey: wire.noiseKey,
                episodes: episodes),
            byteCount: wire.byteCount, checksum: wire.checksum, compressedByteCount: wire.compressedByteCount)
    }

    var wire: WireExperience {
        var wire = WireExperience()
        wire.session = session
        wire.sequence = unroll.sequence
        wire.generation = unroll.version.generation
        wire.update = unroll.version.update
        wire.digest = unroll.digest
        wire.firstStep = unroll.firstStep
        wire.firstEnvironment = unroll.firstEnvironment
        wire.noiseKey = unroll.noiseKey
        if !unroll.episodes.isEmpty {
            wire.episodeReturns = unroll.episodes.map(\.episodeReturn)
            wire.episodeLengths = unroll.episodes.map(\.length)
            wire.episodeMeasures = unroll.episodes.flatMap(\.measures)
        }
        wire.byteCount = byteCount
        wire.checksum = checksum
        wire.compressedByteCount = compressedByteCount
        wire.tag = unroll.tag
        if let scalars = unroll.scalars.wire { wire.scalars = scalars }
        wire.produced = counts.produced
        wire.sentThrough = counts.sentThrough
        wire.steps = counts.steps
        wire.waitingNanoseconds = min(counts.times.waiting, WireLimits.nanoseconds)
        return wire
    }
}

extension [UnrollHeader.Episode] {
    /// Gives each its share of these.
    /// - Returns: false when there is none for each, or more than there may be, or one that is no number.
    mutating func take(measures: [Float]) -> Bool {
        guard !isEmpty, measures.count % count == 0, measures.count / count <= WireLimits.measureCount,
            !measures.contains(where: \.isNaN)
        else { return false }
        let width = measures.count / count
        for index in indices { self[index].measures = [Float](measures[index * width..<(index + 1) * width]) }
        return true
    }
}
