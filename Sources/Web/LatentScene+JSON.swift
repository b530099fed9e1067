import Foundation
package import StarlingLatentQuality
import StarlingMonitoring

extension LatentScene {
    /// For the page: of stacks of frames the newest, of pictures bytes in base64 that stand for the range of what is seen.
    package func json(frames: UInt64) -> [UInt8] {
        let whole = observations.columns
        let size = whole % frameCount == 0 ? whole / frameCount : whole
        let dimensions = pictureShape(size)
        let (low, high) = range(size)
        func rows(_ matrix: Matrix) -> JSONValue {
            .array(
                (0..<matrix.rows).map { row in
                    let numbers = matrix.values[row * whole..<(row + 1) * whole].suffix(size)
                    guard dimensions != nil else { return .array(numbers.map { .number(Self.short($0)) }) }
                    let scale = high > low ? 255 / (high - low) : 0
                    let bytes = numbers.map { UInt8(min(255, max(0, ($0 - low) * scale))) }
                    return .text(Data(bytes).base64EncodedString())
                })
        }
        let view = JSONValue.object([
            .init("frames", .integer(frames)), .init("shape", .array((dimensions ?? [size]).map { .integer($0) })),
            .init("isPicture", .boolean(dimensions != nil)), .init("low", .number(Double(low))), .init("high", .number(Double(high))),
            .init("observations", rows(observations)), .init("reconstructions", reconstructions.map(rows) ?? .null),
            .init(
                "latents",
                .array(
                    latents.map {
                        .object([
                            .init("divergence", .number($0.divergence)), .init("misfit", .number($0.misfit)),
                            .init("information", .number($0.information)),
                        ])
                    })),
            .init(
                "traversals",
                .array(
                    traversals.map {
                        .object([
                            .init("latent", .integer($0.latent)), .init("settings", .array($0.settings.map { .number(Self.short($0)) })),
                            .init("decoded", rows($0.decoded)),
                        ])
                    })),
            .init("map", .array(map.values.map { .number(Self.short($0)) })), .init("mapShares", .array(mapShares.map { .number($0) })),
            .init("values", values.map { .array($0.map { .number(Self.short($0)) }) } ?? .null),
        ])
        return Array(view.line.utf8)
    }

    /// `[C, H, W]` of one frame; a long vector that is a square may be a picture, too. nil for numbers.
    private func pictureShape(_ size: Int) -> [Int]? {
        if shape.count == 3 { return [shape[0] / frameCount, shape[1], shape[2]] }
        let side = Int(Double(size).squareRoot().rounded())
        return shape.count == 1 && size >= 64 && side * side == size ? [1, side, side] : nil
    }

    private func range(_ size: Int) -> (low: Float, high: Float) {
        let values = observations.values
        guard let low = values.min(), let high = values.max() else { return (0, 1) }
        // What is seen in 0…1 stays as light as it is.
        return low >= 0 && high <= 1 ? (0, 1) : (low, high)
    }

    private static func short(_ value: Float) -> Double { (Double(value) * 1e4).rounded() / 1e4 }
}
