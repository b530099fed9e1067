import StarlingExperience
import StarlingLatentPolicy

/// Turns rows of numbers into what people look at, all of a part by one scale.
struct Looks {
    /// Longest side of a picture in pixels; larger ones are made smaller.
    private static let longest = 64

    private struct Part {
        let name: String
        /// Of one frame.
        let shape: [Int]
        /// Its newest frame among the numbers of a row.
        let columns: Range<Int>
        /// Numbers from black to white.
        var range: ClosedRange<Float>
    }

    private let parts: [Part]

    var names: [String] { parts.map(\.name) }

    init(_ policy: LatentPolicy, _ sample: LatentSample) {
        parts = policy.architecture.explained.map { branch, explained in
            let frames = policy.model.frameStack
            let count = branch.scalars.count / frames
            var shape = branch.observation.shape
            shape[0] /= frames
            let columns = explained.upperBound - count..<explained.upperBound
            var (least, largest) = (Float.infinity, -Float.infinity)
            for row in 0..<min(sample.observations.rows, 256) {
                let first = row * sample.observations.columns
                for value in sample.observations.values[first + columns.lowerBound..<first + columns.upperBound] {
                    (least, largest) = (min(least, value), max(largest, value))
                }
            }
            // A picture that is all of one grey is shown so.
            return Part(name: branch.name ?? "", shape: shape, columns: columns, range: least...max(largest, least + 1e-6))
        }
    }

    /// One row of `[M, D]`.
    func callAsFunction(_ matrix: Matrix, _ row: Int) -> LatentView.Sight {
        parts.map { part in
            let first = row * matrix.columns
            let numbers = matrix.values[first + part.columns.lowerBound..<first + part.columns.upperBound]
            guard part.shape.count == 3 else { return .numbers(values: numbers.map(\.rounded3)) }
            return Self.picture(Array(numbers), part.shape, part.range)
        }
    }

    func all(_ matrix: Matrix?) -> [LatentView.Sight] { matrix.map { matrix in (0..<matrix.rows).map { self(matrix, $0) } } ?? [] }

    /// `[C, H, W]` as pixels: one channel grey, three colours, more of them each in a colour of its own, the brightest wins.
    private static func picture(_ numbers: [Float], _ shape: [Int], _ range: ClosedRange<Float>) -> LatentView.Look {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let step = max(1, (max(height, width) + longest - 1) / longest)
        let (rows, columns) = ((height + step - 1) / step, (width + step - 1) / step)
        let colours = channels == 1 ? 1 : 3
        var pixels: [UInt8] = []
        pixels.reserveCapacity(rows * columns * colours)
        /// The mean of what falls into one pixel, 0 to 1.
        func brightness(_ channel: Int, _ y: Int, _ x: Int) -> Float {
            var (sum, count): (Float, Float) = (0, 0)
            for row in y * step..<min(height, (y + 1) * step) {
                for column in x * step..<min(width, (x + 1) * step) {
                    sum += numbers[(channel * height + row) * width + column]
                    count += 1
                }
            }
            return min(1, max(0, (sum / count - range.lowerBound) / (range.upperBound - range.lowerBound)))
        }
        for y in 0..<rows {
            for x in 0..<columns {
                let seen = (0..<channels).map { brightness($0, y, x) }
                if channels == 1 || channels == 3 {
                    pixels += seen.map { UInt8(255 * $0) }
                } else {
                    let brightest = seen.indices.max { seen[$0] < seen[$1] } ?? 0
                    let colour = Self.colour(brightest, of: channels)
                    pixels += colour.map { UInt8(255 * $0 * seen[brightest]) }
                }
            }
        }
        return .picture(width: columns, height: rows, colours: colours, base64: Base64.text(pixels))
    }

    /// Evenly around the circle of hues.
    private static func colour(_ index: Int, of count: Int) -> [Float] {
        let hue = 6 * Float(index) / Float(count)
        return [5, 3, 1].map { (offset: Float) in
            let place = (offset + hue).truncatingRemainder(dividingBy: 6)
            return 1 - 0.75 * max(0, min(1, min(place, 4 - place)))
        }
    }
}

/// RFC 4648, section 4.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for first in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[first..<min(first + 3, bytes.count)]
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[Int(word >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
