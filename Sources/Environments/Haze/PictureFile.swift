package import StarlingSafetensors

/// Photographs, in the file that `scripts/data pictures` writes.
package struct PictureFile: Sendable {
    package let train: [Photograph]
    package let test: [Photograph]

    /// Names the file.
    package static let data = "pictures"

    /// One of 256 × 256.
    package struct Photograph: Sendable {
        static let side = 256
        static let byteCount = 3 * side * side
        /// `[3, 256, 256]`.
        let colours: ArraySlice<UInt8>
    }

    /// Of this process, read when it is first asked for.
    static let shared = Result { try DataFileError.reading(data) { try PictureFile($0) } }

    package init(_ file: SafetensorsFile) throws(DataFileError) {
        (train, test) = (try Self.photographs("train.pictures", of: file), try Self.photographs("test.pictures", of: file))
    }

    private static func photographs(_ name: String, of file: SafetensorsFile) throws(DataFileError) -> [Photograph] {
        let side = Photograph.side
        guard let array = file[name], array.shape.count == 4, Array(array.shape.dropFirst()) == [3, side, side], array.scalar == .uint8,
            array.shape[0] > 0
        else { throw DataFileError("it needs the array \(name), U8 [N, 3, \(side), \(side)], N at least 1") }
        return (0..<array.shape[0]).map { index in
            Photograph(colours: array.bytes[index * Photograph.byteCount..<(index + 1) * Photograph.byteCount])
        }
    }
}

extension Scene {
    /// A piece of a photograph, at one of two scales, perhaps mirrored, in other light. Its depth is made up: what is further up is
    /// further away, more or less.
    /// - Parameter varies: whether light and scale do.
    init(of photograph: PictureFile.Photograph, varies: Bool, _ random: inout SeededGenerator) {
        self.init()
        let step = varies ? 1 + random.below(2) : 2
        let room = PictureFile.Photograph.side - step * Self.side
        let (left, top) = (random.below(room + 1), random.below(room + 1))
        let isMirrored = random.below(2) == 1
        let light = Float(varies ? random.uniform(0.6, 1.25) : 1)
        var gains = SIMD3<Float>(repeating: light)
        var order = [0, 1, 2]
        if varies {
            gains *= SIMD3(Float(random.uniform(0.85, 1.15)), Float(random.uniform(0.85, 1.15)), Float(random.uniform(0.85, 1.15)))
            if random.below(4) == 0 { order.shuffle(using: &random) }
        }
        let plasma = Plasma(cells: 2 + random.below(4), &random)
        let slope = Float(random.uniform(0.4, 0.8))
        for y in 0..<Self.side {
            for x in 0..<Self.side {
                let column = isMirrored ? Self.side - 1 - x : x
                var colour = SIMD3<Float>()
                for channel in 0..<3 {
                    colour[channel] = photograph.mean(channel: order[channel], left + step * column, top + step * y, step: step)
                }
                paint(gains * colour / 255, at: y * Self.side + x)
                depth[y * Self.side + x] = slope * (1 - Float(y) / Float(Self.side - 1)) + (1 - slope) * plasma(x, y)
            }
        }
    }
}

extension PictureFile.Photograph {
    /// Of a square of `step` pixels.
    fileprivate func mean(channel: Int, _ x: Int, _ y: Int, step: Int) -> Float {
        var sum = 0
        for row in y..<y + step {
            let first = colours.startIndex + (channel * Self.side + row) * Self.side + x
            for place in first..<first + step { sum += Int(colours[place]) }
        }
        return Float(sum) / Float(step * step)
    }
}
