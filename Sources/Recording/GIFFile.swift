/// Pictures that follow each other as a GIF (CompuServe, "Graphics Interchange Format, version 89a"), for ever.
package enum GIFFile {
    /// - Parameters:
    ///   - frames: three bytes a pixel, rows from the top; all of the same size.
    ///   - hundredths: of a second that a frame stays.
    package static func encoded(width: Int, height: Int, frames: [[UInt8]], hundredths: Int) -> [UInt8] {
        precondition(
            (1...65_535).contains(width) && (1...65_535).contains(height) && frames.allSatisfy { $0.count == 3 * width * height },
            "no pictures of \(width) × \(height)")
        let palette = Palette(of: frames)
        var bytes = Array("GIF89a".utf8) + littleEndian(width) + littleEndian(height)
        // A table of 256 colours for all, 8 bits each; ground 0; square pixels.
        bytes += [0xF7, 0, 0] + palette.bytes
        bytes += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
        for frame in frames {
            bytes += [0x21, 0xF9, 4, 0] + littleEndian(hundredths) + [0, 0]
            bytes += [0x2C, 0, 0, 0, 0] + littleEndian(width) + littleEndian(height) + [0]
            // Codes begin with 8 bits of a colour, in blocks of at most 255 bytes.
            bytes.append(8)
            let codes = LempelZivWelch.compressed(palette.indices(of: frame))
            for start in stride(from: 0, to: codes.count, by: 255) {
                let block = codes[start..<min(start + 255, codes.count)]
                bytes.append(UInt8(block.count))
                bytes += block
            }
            bytes.append(0)
        }
        return bytes + [0x3B]
    }

    private static func littleEndian(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
}

/// 256 colours: those of the pictures where there are no more, else eight steps each of red and green and four of blue.
private struct Palette {
    let bytes: [UInt8]
    /// By the colour as a number; nil where colours are rounded.
    private let places: [UInt32: UInt8]?

    init(of frames: [[UInt8]]) {
        var places: [UInt32: UInt8] = [:]
        var bytes: [UInt8] = []
        collecting: for frame in frames {
            var last: UInt32?
            for pixel in stride(from: 0, to: frame.count, by: 3) {
                let colour = Self.number(frame, pixel)
                guard colour != last else { continue }
                last = colour
                guard places[colour] == nil else { continue }
                guard places.count < 256 else { break collecting }
                places[colour] = UInt8(places.count)
                bytes += frame[pixel..<pixel + 3]
            }
        }
        let isWhole = frames.allSatisfy { frame in
            stride(from: 0, to: frame.count, by: 3).allSatisfy { places[Self.number(frame, $0)] != nil }
        }
        self.places = isWhole ? places : nil
        if isWhole {
            self.bytes = bytes + [UInt8](repeating: 0, count: 768 - bytes.count)
        } else {
            func level(_ step: Int, of most: Int) -> UInt8 { UInt8(step * 255 / most) }
            var steps: [UInt8] = []
            for index in 0..<256 { steps += [level(index >> 5, of: 7), level(index >> 2 & 7, of: 7), level(index & 3, of: 3)] }
            self.bytes = steps
        }
    }

    private static func number(_ frame: [UInt8], _ pixel: Int) -> UInt32 {
        UInt32(frame[pixel]) << 16 | UInt32(frame[pixel + 1]) << 8 | UInt32(frame[pixel + 2])
    }

    func indices(of frame: [UInt8]) -> [UInt8] {
        stride(from: 0, to: frame.count, by: 3).map { pixel in
            if let places { return places[Self.number(frame, pixel)] ?? 0 }
            func step(_ value: UInt8, of most: Int) -> Int { (Int(value) * most + 127) / 255 }
            let (red, green, blue) = (step(frame[pixel], of: 7), step(frame[pixel + 1], of: 7), step(frame[pixel + 2], of: 3))
            return UInt8(red << 5 | green << 2 | blue)
        }
    }
}

/// Codes of strings that came before, from 9 bits up to 12, as GIF has them (Welch 1984, "A technique for high-performance data
/// compression").
private struct LempelZivWelch {
    private static let clear = 256
    private static let end = 257
    private static let limit = 4096

    private var bytes: [UInt8] = []
    private var bits = 0
    private var bitCount = 0
    private var width = 9

    static func compressed(_ data: [UInt8]) -> [UInt8] {
        var stream = LempelZivWelch()
        /// The code of a string and one more byte, by both.
        var codes: [Int: Int] = [:]
        var next = end + 1
        stream.put(clear)
        var current: Int?
        for byte in data {
            guard let string = current else {
                current = Int(byte)
                continue
            }
            let key = string << 8 | Int(byte)
            if let known = codes[key] {
                current = known
                continue
            }
            stream.put(string)
            if next < limit {
                codes[key] = next
                // The code that was made now needs no more bits until it is written.
                if next == 1 << stream.width, stream.width < 12 { stream.width += 1 }
                next += 1
            } else {
                stream.put(clear)
                codes.removeAll(keepingCapacity: true)
                (next, stream.width) = (end + 1, 9)
            }
            current = Int(byte)
        }
        if let current { stream.put(current) }
        stream.put(end)
        if stream.bitCount > 0 { stream.bytes.append(UInt8(stream.bits & 0xFF)) }
        return stream.bytes
    }

    /// Bits go into a byte from its low end.
    private mutating func put(_ code: Int) {
        bits |= code << bitCount
        bitCount += width
        while bitCount >= 8 {
            bytes.append(UInt8(bits & 0xFF))
            bits >>= 8
            bitCount -= 8
        }
    }
}
