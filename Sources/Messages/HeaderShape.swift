/// Looks over a header before it is decoded. A decoder of Protobuf grows a list with every piece of it that comes, so a
/// header that is nothing but pieces of a list would cost the square of its size.
enum HeaderShape {
    /// Fields of a frame; an honest one has one.
    private static let frameFieldCount = 16
    /// Fields of a message, and of an environment in a HELLO. Lists of numbers are one field each.
    private static let messageFieldCount = 32
    /// Fields of a HELLO with all its environments, and then some.
    private static let helloFieldCount = 1024
    /// Its number in a frame, and that of the environments in it.
    private static let helloNumber: UInt64 = 1
    private static let environmentNumber: UInt64 = 11

    /// Whether a header is small and simple enough to be decoded; what isn't Protobuf is left to the decoder.
    static func isSimple(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var count = 0
        var place = 0
        while let field = next(bytes, &place) {
            count += 1
            guard count <= frameFieldCount else { return false }
            guard let body = field.bytes else { continue }
            let isHello = field.number == helloNumber
            guard hasFew(bytes, body, isHello ? helloFieldCount : messageFieldCount, hasEnvironments: isHello) else { return false }
        }
        return true
    }

    private static func hasFew(
        _ bytes: UnsafeRawBufferPointer, _ body: Range<Int>, _ limit: Int, hasEnvironments: Bool
    ) -> Bool {
        let message = UnsafeRawBufferPointer(rebasing: bytes[..<body.upperBound])
        var count = 0
        var place = body.lowerBound
        while let field = next(message, &place) {
            count += 1
            guard count <= limit else { return false }
            guard hasEnvironments, field.number == environmentNumber, let inner = field.bytes else { continue }
            guard hasFew(message, inner, messageFieldCount, hasEnvironments: false) else { return false }
        }
        return true
    }

    /// The next field, with its bytes if it has a length; nil at the end, or where it is no Protobuf.
    private static func next(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int
    ) -> (number: UInt64, bytes: Range<Int>?)? {
        guard let key = varint(bytes, &place) else { return nil }
        switch key & 7 {
        case 0: return varint(bytes, &place) == nil ? nil : (key >> 3, nil)
        case 1: place += 8
        case 5: place += 4
        case 2:
            guard let count = varint(bytes, &place), count <= UInt64(bytes.count - place) else { return nil }
            defer { place += Int(count) }
            return (key >> 3, place..<place + Int(count))
        // Groups, which the schema has none of: their fields are passed one by one.
        case 3, 4: break
        default: return nil
        }
        return place <= bytes.count ? (key >> 3, nil) : nil
    }

    private static func varint(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 127) << shift
            if byte < 128 { return number }
        }
        return nil
    }
}
