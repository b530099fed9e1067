import Foundation
import StarlingExperience
package import StarlingLatentPolicy
import StarlingRecording

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
            guard let shape = Self.pictureShape(part.shape) else { return .numbers(values: numbers.map(\.rounded3)) }
            return Self.picture(Array(numbers), shape, part.range)
        }
    }

    /// `[C, H, W]`; a long vector that is a square may be a picture, too. nil for numbers.
    static func pictureShape(_ shape: [Int]) -> [Int]? {
        if shape.count == 3 { return shape }
        let side = Int(Double(shape[0]).squareRoot().rounded())
        return shape.count == 1 && shape[0] >= 64 && side * side == shape[0] ? [1, side, side] : nil
    }

    func all(_ matrix: Matrix?) -> [LatentView.Sight] { matrix.map { matrix in (0..<matrix.rows).map { self(matrix, $0) } } ?? [] }

    /// `[C, H, W]` as pixels, in `PlanePicture`'s colours.
    private static func picture(_ numbers: [Float], _ shape: [Int], _ range: ClosedRange<Float>) -> LatentView.Look {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let step = max(1, (max(height, width) + longest - 1) / longest)
        let (rows, columns) = ((height + step - 1) / step, (width + step - 1) / step)
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
        var planes: [Float] = []
        planes.reserveCapacity(channels * rows * columns)
        for channel in 0..<channels {
            for y in 0..<rows {
                for x in 0..<columns { planes.append(brightness(channel, y, x)) }
            }
        }
        let pixels = PlanePicture.rgb(planes, shape: [channels, rows, columns])
        let isGrey = channels == 1
        return .picture(
            width: columns, height: rows, colours: isGrey ? 1 : 3,
            pixels: Data(isGrey ? stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] } : pixels))
    }
}

extension LatentPolicy {
    /// Whether something that it sees is shown as a picture.
    package var seesPictures: Bool {
        architecture.branches.contains { branch in
            var shape = branch.observation.shape
            shape[0] /= model.frameStack
            return Looks.pictureShape(shape) != nil
        }
    }
}
