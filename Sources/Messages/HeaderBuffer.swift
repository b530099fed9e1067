import StarlingExperience

/// Writes header frames one after the other into the same memory. STATUS, WEIGHTS and EXPERIENCE, which go by the thousand, are
/// written without an allocation; their bytes are those of `LearnerMessage.encoded` and `ActorMessage.encoded`.
package struct HeaderBuffer {
    private var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(512) }

    package var count: Int { bytes.count }

    /// Lends the header that was written last.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The array's own way knows no typed errors.
        try bytes.withUnsafeBytes { bytes in
            Swift.Result { () throws(Failure) -> Result in try body(bytes) }
        }.get()
    }

    package mutating func write(_ message: LearnerMessage) {
        switch message {
        case .status(let status) where status.isPlain:
            bytes.removeAll(keepingCapacity: true)
            self.status(3, status)
        case .weights(let header) where header.status?.isPlain != false:
            bytes.removeAll(keepingCapacity: true)
            nested(4) { buffer in
                buffer.number(1, header.session)
                buffer.announcement(2, header.of)
                buffer.number(3, header.offset)
                buffer.number(4, UInt64(header.count))
                if let status = header.status { buffer.status(5, status) }
            }
        default: bytes = message.encoded()
        }
    }

    private mutating func status(_ field: UInt64, _ status: SessionStatus) {
        nested(field) { buffer in
            buffer.number(1, status.session)
            buffer.number(2, status.acknowledgedThrough)
            buffer.number(3, status.creditLimit)
            if let newest = status.newest { buffer.announcement(4, newest) }
            buffer.number(5, status.resendFrom)
            buffer.number(6, UInt64(status.pingSeconds))
        }
    }

    private mutating func announcement(_ field: UInt64, _ announcement: Announcement) {
        nested(field) { buffer in
            buffer.number(1, UInt64(announcement.version.generation))
            buffer.number(2, announcement.version.update)
            buffer.fixed(3, announcement.digest)
            buffer.number(4, announcement.byteCount)
            buffer.fixed(5, announcement.tag)
            buffer.scalars(6, announcement.scalars)
        }
    }

    /// Puts a payload behind the header that was written last, into the same frame.
    package mutating func append(payload: UnsafeRawBufferPointer) {
        bytes.append(FramePayload.key)
        varint(UInt64(payload.count))
        bytes.append(contentsOf: payload)
    }

    package mutating func write(_ message: ActorMessage) {
        guard case .experience(let header) = message else {
            bytes = message.encoded()
            return
        }
        bytes.removeAll(keepingCapacity: true)
        nested(2) { buffer in
            let unroll = header.unroll
            buffer.number(1, header.session)
            buffer.number(2, unroll.sequence)
            buffer.number(3, UInt64(unroll.version.generation))
            buffer.number(4, unroll.version.update)
            buffer.fixed(5, unroll.digest)
            buffer.number(6, unroll.firstStep)
            buffer.number(7, UInt64(unroll.firstEnvironment))
            buffer.fixed(8, unroll.noiseKey)
            if !unroll.episodes.isEmpty {
                buffer.nested(9) { buffer in
                    for episode in unroll.episodes { buffer.little(episode.episodeReturn.bitPattern) }
                }
                buffer.nested(10) { buffer in
                    for episode in unroll.episodes { buffer.varint(UInt64(episode.length)) }
                }
            }
            buffer.number(11, UInt64(header.byteCount))
            buffer.fixed(12, header.checksum)
            buffer.number(13, header.counts.produced)
            buffer.number(14, header.counts.sentThrough)
            buffer.number(15, header.counts.steps)
            buffer.number(20, UInt64(header.compressedByteCount))
            buffer.fixed(21, unroll.tag)
            buffer.scalars(22, unroll.scalars)
            buffer.number(23, min(header.counts.times.waiting, WireLimits.nanoseconds))
            if unroll.episodes.first?.measures.isEmpty == false {
                buffer.nested(24) { buffer in
                    for episode in unroll.episodes { for value in episode.measures { buffer.little(value.bitPattern) } }
                }
            }
        }
    }

    /// Those of an acting rule; not written where absence means the same.
    private mutating func scalars(_ field: UInt64, _ scalars: ActingScalars) {
        guard scalars != ActingScalars() else { return }
        nested(field) { buffer in
            buffer.float(1, scalars.epsilon)
            buffer.float(2, scalars.wireTemperature)
        }
    }

    private mutating func float(_ field: UInt64, _ value: Float) {
        guard value.bitPattern != 0 else { return }
        varint(field << 3 | 5)
        little(value.bitPattern)
    }

    /// A field with a length, which is known only when `body` is written. It mostly needs one byte.
    private mutating func nested(_ field: UInt64, _ body: (inout HeaderBuffer) -> Void) {
        varint(field << 3 | 2)
        bytes.append(0)
        let start = bytes.count
        body(&self)
        var rest = bytes.count - start
        var place = start - 1
        while rest > 127 {
            bytes[place] = UInt8(truncatingIfNeeded: rest) | 128
            rest >>= 7
            place += 1
            bytes.insert(0, at: place)
        }
        bytes[place] = UInt8(rest)
    }

    /// A field of the kind varint; zero is not written.
    private mutating func number(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        varint(field << 3)
        varint(value)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func fixed(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        varint(field << 3 | 1)
        little(value)
    }

    private mutating func little<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

extension SessionStatus {
    /// It tells nothing rare.
    fileprivate var isPlain: Bool { cancelledEvaluations == 0 && invalidUnrolls == 0 && lastFault.isEmpty }
}
