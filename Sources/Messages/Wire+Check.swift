import SwiftProtobuf

/// Rules that every decoder applies before it builds a value.
enum Check {
    static func text(_ text: String, _ field: String, mayBeEmpty: Bool = true) throws(MessageError) -> String {
        guard text.utf8.count <= WireLimits.textByteCount, mayBeEmpty || !text.isEmpty else {
            throw MessageError(
                .outOfRange,
                "\(field) has \(text.utf8.count) bytes; allowed are \(mayBeEmpty ? 0 : 1) to \(WireLimits.textByteCount)")
        }
        return text
    }

    /// What is left of a text of our own that must not be empty, or too long, on the wire.
    static func shortened(_ text: String) -> String {
        guard text.utf8.count > WireLimits.textByteCount else { return text.isEmpty ? "no reason" : text }
        // A character may have up to four bytes, and more with accents of its own: whole scalars are kept.
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(WireLimits.textByteCount / 4)))
    }

    static func number<Number: BinaryInteger>(
        _ number: Number, in range: ClosedRange<Number>, _ field: String
    ) throws(MessageError) -> Number {
        guard range.contains(number) else {
            throw MessageError(
                .outOfRange, "\(field) is \(number); allowed are \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func count(_ count: Int, upTo limit: Int, _ field: String) throws(MessageError) {
        guard count <= limit else {
            throw MessageError(.outOfRange, "\(field) has \(count) entries; allowed are at most \(limit)")
        }
    }

    static func finite(_ values: [Float], _ field: String) throws(MessageError) -> [Float] {
        for value in values where !value.isFinite {
            throw MessageError(.outOfRange, "\(field) holds \(value); only finite numbers are allowed")
        }
        return values
    }

    static func value<Value: RawRepresentable>(
        _ raw: UInt32, _ field: String
    ) throws(MessageError) -> Value where Value.RawValue == UInt8 {
        guard let byte = UInt8(exactly: raw), let value = Value(rawValue: byte) else {
            throw MessageError(.outOfRange, "\(field) \(raw) is not known")
        }
        return value
    }
}

/// The bytes of a generated message. It has no required fields and all its texts are Unicode, so it cannot fail.
func serialize(_ message: some Message) -> [UInt8] {
    do {
        return try message.serializedBytes()
    } catch {
        preconditionFailure("a message of our own cannot be encoded: \(error)")
    }
}

/// Reads a generated message from a header frame of this shape.
func deserialize<Frame: Message>(_ bytes: UnsafeRawBufferPointer, _ shape: HeaderShape) throws(MessageError) -> Frame {
    guard bytes.count <= WireLimits.headerByteCount else {
        throw MessageError(
            .outOfRange, "a header of \(bytes.count) bytes; allowed are at most \(WireLimits.headerByteCount)")
    }
    guard shape.admits(bytes) else {
        throw MessageError(.outOfRange, "a header of more fields than any message has")
    }
    do {
        return try Frame(serializedBytes: [UInt8](bytes))
    } catch {
        throw MessageError(.malformed, "a header that is not Protobuf: \(error)")
    }
}
