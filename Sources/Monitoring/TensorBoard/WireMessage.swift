/// A message of Protocol Buffers, field by field, as the few that TensorBoard reads need it.
/// Source: https://protobuf.dev/programming-guides/encoding/.
struct WireMessage {
    private(set) var bytes: [UInt8] = []

    init() {}

    init(_ build: (inout WireMessage) -> Void) { build(&self) }

    mutating func add(_ field: UInt64, integer: UInt64) {
        varint(field << 3)
        varint(integer)
    }

    mutating func add(_ field: UInt64, double: Double) {
        varint(field << 3 | 1)
        littleEndian(double.bitPattern)
    }

    mutating func add(_ field: UInt64, float: Float) {
        varint(field << 3 | 5)
        littleEndian(float.bitPattern)
    }

    mutating func add(_ field: UInt64, bytes content: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func add(_ field: UInt64, text: String) { add(field, bytes: Array(text.utf8)) }

    mutating func add(_ field: UInt64, _ message: WireMessage) { add(field, bytes: message.bytes) }

    mutating func add(_ field: UInt64, _ build: (inout WireMessage) -> Void) { add(field, WireMessage(build)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func littleEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
