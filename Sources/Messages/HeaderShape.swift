import StarlingExperience

/// What a header may hold: looked over before it is decoded. A decoder of Protobuf copies a list, and a message in a `oneof`,
/// with every piece of it that comes, so a header that is nothing but pieces would cost the square of its size.
struct HeaderShape: Sendable {
    /// Fields of a message. Lists of numbers are one field each.
    private let fieldCount: Int
    /// The fields that are messages.
    private let messages: [(number: UInt64, shape: HeaderShape)]

    private init(fields: Int = 32, _ messages: [(UInt64, HeaderShape)] = []) {
        fieldCount = fields
        self.messages = messages.map { (number: $0.0, shape: $0.1) }
    }

    /// Whether a message is small and simple enough to be decoded; what isn't Protobuf is left to the decoder.
    func admits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var count = 0
        var place = 0
        while let field = Self.next(bytes, &place) {
            count += 1
            guard count <= fieldCount else { return false }
            guard let body = field.bytes, let message = messages.first(where: { $0.number == field.number }) else { continue }
            guard message.shape.admits(UnsafeRawBufferPointer(rebasing: bytes[body])) else { return false }
        }
        return true
    }

    /// The next field, with its bytes if it has a length; nil at the end, or where it is no Protobuf.
    static func next(
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

// The numbers of Schema/wire.proto.
extension HeaderShape {
    /// An honest frame has one field.
    static let actorFrame = HeaderShape(fields: 16, [(1, hello)] + [2, 3, 4, 5, 6, 7, 20].map { ($0, plain) })
    static let learnerFrame = HeaderShape(fields: 16, [(1, welcome)] + [2, 3, 4, 5, 6, 7, 8, 20].map { ($0, plain) })

    /// A message without lists of messages.
    private static let plain = HeaderShape()
    /// With all environments of an actor, and then some.
    private static let hello = HeaderShape(fields: 1024, [(11, environment)])
    private static let environment = HeaderShape(
        fields: ObservationSpec.partLimit + 32, [(5, plain), (9, options), (10, plain), (20, plain)])
    private static let options = HeaderShape(
        fields: WireLimits.optionCount, [(1, HeaderShape(fields: WireLimits.optionCount, [(2, plain)]))])
    private static let welcome = HeaderShape([(5, HeaderShape([(2, environment), (3, model)])), (6, plain), (21, schema)])
    private static let schema = HeaderShape(fields: WireLimits.columnCount + 32, [(1, HeaderShape([(6, plain)]))])
    private static let model = HeaderShape(
        fields: ObservationSpec.partLimit + 32, [1, 2, 3, 4].map { ($0, trunk) } + [(30, HeaderShape([(2, trunk), (3, trunk)]))])
    private static let trunk = HeaderShape([1, 2, 3, 4, 5].map { ($0, layers) })
    private static let layers = HeaderShape(fields: WireLimits.layerCount + 32)
}
