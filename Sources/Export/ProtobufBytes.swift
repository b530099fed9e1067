/// Bytes of a Protobuf message, field by field: enough for files that are only ever written.
/// https://protobuf.dev/programming-guides/encoding
struct ProtobufBytes {
    private(set) var bytes: [UInt8] = []

    private enum Kind: UInt64 { case varint = 0, delimited = 2, fixed32 = 5 }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func tag(_ field: Int, _ kind: Kind) { varint(UInt64(field) << 3 | kind.rawValue) }

    mutating func integer(_ field: Int, _ value: Int) {
        tag(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ field: Int, _ value: Float) {
        tag(field, .fixed32)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        tag(field, .delimited)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

    mutating func message(_ field: Int, _ fill: (inout ProtobufBytes) -> Void) {
        var inner = ProtobufBytes()
        fill(&inner)
        bytes(field, inner.bytes)
    }
}
