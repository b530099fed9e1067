/// A zlib stream (RFC 1950) of one block of fixed Huffman codes (RFC 1951, section 3.2.6), for bytes that repeat at known distances: rows of
/// an enlarged picture, pixels of a plain ground.
struct Deflate {
    private var bytes: [UInt8] = [0x78, 0x01]
    private var bits: UInt64 = 0
    private var bitCount: UInt64 = 0

    /// - Parameter distances: at which bytes may be like earlier ones, each in 1 … 32,768.
    static func zlib(_ data: [UInt8], repeatingAt distances: [Int]) -> [UInt8] {
        var stream = Deflate()
        // The last block, of fixed codes.
        stream.put(0b011, 3)
        var place = 0
        while place < data.count {
            var (length, distance) = (0, 0)
            for candidate in distances where candidate <= place {
                var same = 0
                while same < 258, place + same < data.count, data[place + same] == data[place + same - candidate] { same += 1 }
                if same > length { (length, distance) = (same, candidate) }
            }
            if length >= 3 {
                stream.putCopy(length, distance)
                place += length
            } else {
                stream.putLiteral(UInt64(data[place]))
                place += 1
            }
        }
        stream.putLiteral(256)
        if stream.bitCount > 0 { stream.bytes.append(UInt8(truncatingIfNeeded: stream.bits)) }
        return stream.bytes + bigEndian(adler32(data))
    }

    /// Bits go into a byte from its low end.
    private mutating func put(_ value: UInt64, _ count: UInt64) {
        bits |= value << bitCount
        bitCount += count
        while bitCount >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }

    /// Huffman codes go in from their high end.
    private mutating func putCode(_ code: UInt64, _ count: UInt64) {
        for bit in (0..<count).reversed() { put(code >> bit & 1, 1) }
    }

    /// A byte, the end (256), or a length.
    private mutating func putLiteral(_ symbol: UInt64) {
        switch symbol {
        case ..<144: putCode(0x30 + symbol, 8)
        case ..<256: putCode(0x190 + symbol - 144, 9)
        case ..<280: putCode(symbol - 256, 7)
        default: putCode(0xC0 + symbol - 280, 8)
        }
    }

    private mutating func putCopy(_ length: Int, _ distance: Int) {
        if length == 258 {
            putLiteral(285)
        } else {
            // Four codes for each number of extra bits; the first eight lengths have none.
            let offset = length - 3
            let extra = offset < 8 ? 0 : Int.bitWidth - 3 - offset.leadingZeroBitCount
            putLiteral(UInt64(257 + (extra << 2) + (offset >> extra)))
            put(UInt64(offset & (1 << extra - 1)), UInt64(extra))
        }
        // Two codes for each number of extra bits.
        let offset = distance - 1
        let extra = offset < 4 ? 0 : Int.bitWidth - 2 - offset.leadingZeroBitCount
        putCode(UInt64((extra << 1) + (offset >> extra)), 5)
        put(UInt64(offset & (1 << extra - 1)), UInt64(extra))
    }

    private static func adler32(_ data: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in data {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }
}

/// Four bytes, the highest first.
func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
