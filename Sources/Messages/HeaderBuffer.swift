import StarlingExperience

/// Writes header frames one after the other into the same memory. STATUS, the one that comes by the thousand, is written
/// without an allocation; its bytes are those of `LearnerMessage.encoded`.
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
        guard case .status(let status) = message, status.cancelledEvaluations == 0 else {
            bytes = message.encoded()
            return
        }
        bytes.removeAll(keepingCapacity: true)
        // Field 3 of LearnerFrame, and the length, which never needs a second byte.
        bytes.append(3 << 3 | 2)
        bytes.append(0)
        number(1, status.session)
        number(2, status.acknowledgedThrough)
        number(3, status.creditLimit)
        if let newest = status.newest {
            bytes.append(4 << 3 | 2)
            let place = bytes.count
            bytes.append(0)
            number(1, UInt64(newest.version.generation))
            number(2, newest.version.update)
            fixed(3, newest.digest)
            number(4, newest.byteCount)
            bytes[place] = UInt8(bytes.count - place - 1)
        }
        number(5, status.resendFrom)
        bytes[1] = UInt8(bytes.count - 2)
        precondition(bytes.count - 2 < 128, "a STATUS of \(bytes.count) bytes")
    }

    /// A field of the kind varint; zero is not written.
    private mutating func number(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        bytes.append(field << 3)
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func fixed(_ field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        bytes.append(field << 3 | 1)
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }
}
