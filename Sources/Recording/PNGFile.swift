/// A picture as a PNG (ISO/IEC 15948): eight bits each of red, green and blue.
package enum PNGFile {
    /// - Parameters:
    ///   - rgb: three bytes a pixel, rows from the top.
    ///   - scale: pixels on a side of the picture that each becomes.
    package static func encoded(width: Int, height: Int, rgb: [UInt8], scale: Int = 1) -> [UInt8] {
        precondition(width > 0 && height > 0 && scale > 0 && rgb.count == 3 * width * height, "no picture of \(width) × \(height)")
        let rowLength = 3 * width * scale + 1
        var data: [UInt8] = []
        data.reserveCapacity(rowLength * height * scale)
        for row in 0..<height {
            // Rows begin with how they are filtered: not at all.
            var line: [UInt8] = [0]
            for pixel in row * width..<(row + 1) * width {
                for _ in 0..<scale { line += rgb[3 * pixel..<3 * pixel + 3] }
            }
            for _ in 0..<scale { data += line }
        }
        let header = bigEndian(UInt32(width * scale)) + bigEndian(UInt32(height * scale)) + [8, 2, 0, 0, 0]
        let pixels = Deflate.zlib(data, repeatingAt: rowLength <= 32_768 ? [rowLength, 3] : [3])
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", pixels) + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(type.utf8) + content
        return bigEndian(UInt32(content.count)) + named + bigEndian(crc32(named))
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}
