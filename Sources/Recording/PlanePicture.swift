/// Planes of numbers in 0…1 as a picture: one is grey, three are red, green and blue, and of any other number each has a colour of its own
/// and the brightest shows.
package enum PlanePicture {
    /// Colours that are told apart, the first white: a plane alone is grey.
    private static let palette: [(Float, Float, Float)] = [
        (1, 1, 1), (1, 0.45, 0.1), (0.2, 0.6, 1), (0.3, 0.85, 0.35), (0.95, 0.3, 0.55), (0.98, 0.85, 0.25), (0.6, 0.4, 0.95),
        (0.3, 0.85, 0.85),
    ]

    /// - Parameters:
    ///   - values: `[C, H, W]`; what lies beyond 0…1 is cut off.
    /// - Returns: three bytes a pixel, rows from the top.
    package static func rgb(_ values: [Float], shape: [Int]) -> [UInt8] {
        precondition(shape.count == 3 && values.count == shape.reduce(1, *), "\(values.count) numbers are no planes \(shape)")
        let area = shape[1] * shape[2]
        var rgb = [UInt8](repeating: 0, count: 3 * area)
        for pixel in 0..<area {
            var colour: (Float, Float, Float) = (0, 0, 0)
            if shape[0] == 3 {
                colour = (values[pixel], values[area + pixel], values[2 * area + pixel])
            } else {
                for plane in 0..<shape[0] {
                    let (value, own) = (values[plane * area + pixel], palette[plane % palette.count])
                    colour = (max(colour.0, value * own.0), max(colour.1, value * own.1), max(colour.2, value * own.2))
                }
            }
            (rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2]) = (byte(colour.0), byte(colour.1), byte(colour.2))
        }
        return rgb
    }

    private static func byte(_ value: Float) -> UInt8 { UInt8(255 * min(1, max(0, value.isNaN ? 0 : value)) + 0.5) }
}
