/// Random inputs, the same for the same seed.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// xorshift64*: fast, and good enough to choose mutations.
    mutating func next() -> UInt64 {
        state = state == 0 ? 0x9E37_79B9_7F4A_7C15 : state
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// In 0 ..< limit.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    /// A number from near the limits of what code may expect.
    mutating func number() -> UInt64 {
        switch below(8) {
        case 0: UInt64(below(4))
        case 1: (1 << UInt64(below(64))) &+ UInt64(below(3)) &- 1
        case 2: .max &- UInt64(below(3))
        case 3: UInt64(UInt32.max) &- 1 &+ UInt64(below(3))
        case 4: (1 << 40) &- 1 &+ UInt64(below(3))
        default: UInt64(below(300))
        }
    }

    /// Random bytes of up to `limit`.
    mutating func noise(upTo limit: Int) -> [UInt8] { (0..<below(limit + 1)).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// Changes bytes without regard to their meaning.
    mutating func corrupt(_ bytes: inout [UInt8]) {
        for _ in 0...below(3) {
            let place = below(bytes.count)
            switch below(7) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
            case 1 where !bytes.isEmpty: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][below(5)]
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(contentsOf: noise(upTo: 12), at: min(place, bytes.count))
            case 4 where !bytes.isEmpty: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
            case 5 where !bytes.isEmpty:
                bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + below(40))], at: below(bytes.count))
            default: bytes.append(contentsOf: noise(upTo: 6))
            }
        }
    }

    /// Changes numbers, texts and fields of a Protobuf message and leaves it one.
    mutating func reshape(_ bytes: [UInt8]) -> [UInt8] {
        guard var fields = ProtobufField.parse(bytes[...]) else { return bytes }
        for _ in 0...below(3) { reshape(&fields) }
        return ProtobufField.bytes(of: fields)
    }

    private mutating func reshape(_ fields: inout [ProtobufField]) {
        guard !fields.isEmpty else { return }
        let index = below(fields.count)
        if case .message(var children) = fields[index].value, !oneIn(6) {
            reshape(&children)
            fields[index].value = .message(children)
            return
        }
        switch below(8) {
        case 0: fields.remove(at: index)
        case 1: fields.insert(fields[index], at: below(fields.count + 1))
        case 2: fields[index].number = UInt64(1 + below(24))
        case 3: fields.append(ProtobufField(number: UInt64(1 + below(30)), value: .varint(number())))
        default:
            switch fields[index].value {
            case .varint: fields[index].value = .varint(number())
            case .fixed64: fields[index].value = .fixed64(number())
            case .fixed32: fields[index].value = .fixed32(UInt32(truncatingIfNeeded: next()))
            case .message(let children): fields[index].value = .bytes(ProtobufField.bytes(of: children))
            case .bytes(var bytes):
                // Floats of arrays: infinities and NaN among them.
                if bytes.count >= 4, oneIn(3) {
                    let pattern: [UInt8] = oneIn(2) ? [0, 0, 0x80, 0x7F] : [1, 0, 0xC0, 0xFF]
                    let place = below(bytes.count / 4) * 4
                    bytes.replaceSubrange(place..<place + 4, with: pattern)
                } else if oneIn(40) {
                    bytes = Array(repeating: UInt8(below(256)), count: below(80_000))
                } else {
                    corrupt(&bytes)
                }
                fields[index].value = .bytes(bytes)
            }
        }
    }
}

/// A field of a Protobuf message, without a schema.
struct ProtobufField {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes([UInt8])
        /// Bytes that are a message themselves.
        case message([ProtobufField])
    }

    var number: UInt64
    var value: Value

    /// Nil when the bytes are no message.
    static func parse(_ bytes: ArraySlice<UInt8>, depth: Int = 0) -> [ProtobufField]? {
        var fields: [ProtobufField] = []
        var rest = bytes
        while !rest.isEmpty {
            guard let key = varint(&rest), key >> 3 > 0, key >> 3 < 1000 else { return nil }
            let value: Value
            switch key & 7 {
            case 0:
                guard let number = varint(&rest) else { return nil }
                value = .varint(number)
            case 1:
                guard rest.count >= 8 else { return nil }
                value = .fixed64(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
                rest = rest.dropFirst(8)
            case 2:
                guard let count = varint(&rest), count <= UInt64(rest.count) else { return nil }
                let inner = rest.prefix(Int(count))
                rest = rest.dropFirst(Int(count))
                if depth < 6, !inner.isEmpty, let children = parse(inner, depth: depth + 1) {
                    value = .message(children)
                } else {
                    value = .bytes(Array(inner))
                }
            case 5:
                guard rest.count >= 4 else { return nil }
                value = .fixed32(rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) })
                rest = rest.dropFirst(4)
            default: return nil
            }
            fields.append(ProtobufField(number: key >> 3, value: value))
        }
        return fields
    }

    static func bytes(of fields: [ProtobufField]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            switch field.value {
            case .varint(let number):
                append(field.number << 3, to: &bytes)
                append(number, to: &bytes)
            case .fixed64(let number):
                append(field.number << 3 | 1, to: &bytes)
                for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
            case .fixed32(let number):
                append(field.number << 3 | 5, to: &bytes)
                for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * place))) }
            case .bytes(let content): append(content, of: field.number, to: &bytes)
            case .message(let children): append(Self.bytes(of: children), of: field.number, to: &bytes)
            }
        }
        return bytes
    }

    private static func append(_ content: [UInt8], of number: UInt64, to bytes: inout [UInt8]) {
        append(number << 3 | 2, to: &bytes)
        append(UInt64(content.count), to: &bytes)
        bytes += content
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            number |= UInt64(byte & 127) << shift
            if byte < 128 { return number }
        }
        return nil
    }
}
