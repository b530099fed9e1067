import StarlingExperience
import SwiftProtobuf

/// Rules that every decoder applies before it builds a value.
enum Check {
    /// A name: it stands in tables, and in messages to others.
    static func name(_ name: String, _ field: String) throws(MessageError) -> String {
        guard (1...WireLimits.nameByteCount).contains(name.utf8.count) else {
            throw MessageError(
                .outOfRange, "\(field) has \(name.utf8.count) bytes; allowed are 1 to \(WireLimits.nameByteCount)")
        }
        guard PrintableText.isPlain(name) else {
            throw MessageError(.outOfRange, "\(field) holds what isn't plain text: \(PrintableText.escaped(name))")
        }
        return name
    }

    /// A text for people, its control characters made visible.
    static func text(_ text: String, _ field: String, mayBeEmpty: Bool = true) throws(MessageError) -> String {
        guard text.utf8.count <= WireLimits.textByteCount, mayBeEmpty || !text.isEmpty else {
            throw MessageError(
                .outOfRange,
                "\(field) has \(text.utf8.count) bytes; allowed are \(mayBeEmpty ? 0 : 1) to \(WireLimits.textByteCount)")
        }
        return clipped(PrintableText.escaped(text))
    }

    /// Updates of a version.
    static func update(_ update: UInt64, _ field: String) throws(MessageError) -> UInt64 {
        try number(update, in: 0...ParameterVersion.updateLimit, field)
    }

    /// What is left of a text of our own that must not be empty, or too long, on the wire.
    static func shortened(_ text: String) -> String {
        clipped(text.isEmpty ? "no reason" : text)
    }

    /// As much of a text as may be. A character may have up to four bytes, and more with accents of its own: whole scalars
    /// are kept.
    private static func clipped(_ text: String) -> String {
        guard text.utf8.count > WireLimits.textByteCount else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(WireLimits.textByteCount / 4)))
    }

    static func number<Number: Comparable>(
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
