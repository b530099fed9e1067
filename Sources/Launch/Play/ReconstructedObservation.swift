import StarlingLatentQuality
import StarlingRecording

/// What a policy saw at a step, and what its decoder makes of it.
struct ReconstructedObservation {
    private let shape: [Int]
    private let seen: ArraySlice<Float>
    private let back: ArraySlice<Float>
    /// The largest number of the whole episode, for bars of one length.
    private let largest: Float

    /// More bars are no help.
    private static let barLimit = 24
    private static let colours: [(UInt8, UInt8, UInt8)] = [(86, 180, 233), (230, 159, 0)]

    /// - Returns: empty without a decoder.
    static func all(of sample: LatentSample) -> [ReconstructedObservation] {
        guard let reconstructions = sample.reconstructions else { return [] }
        let count = sample.observations.columns
        guard sample.shape.count == 3 || count <= barLimit else { return [] }
        let largest = sample.observations.values.reduce(0) { max($0, abs($1)) }
        return (0..<sample.observations.rows).map { row in
            let range = row * count..<(row + 1) * count
            return ReconstructedObservation(
                shape: sample.shape, seen: sample.observations.values[range], back: reconstructions.values[range],
                largest: max(largest, 1e-6))
        }
    }

    /// Of an image what comes back; of numbers a pair of bars for each, what is seen above what comes back.
    func picture(side: Int) -> RasterPicture {
        guard shape.count != 3 else {
            return RasterPicture(
                shape[2], shape[1], PlanePicture.rgb(Array(back), shape: shape), scale: max(1, side / max(shape[1], shape[2])))
        }
        let step = max(8, side / seen.count)
        var picture = RasterPicture(width: side, height: step * seen.count)
        for (number, pair) in zip(seen, back).enumerated() {
            for (bar, value) in [pair.0, pair.1].enumerated() {
                let length = Int(min(1, abs(value) / largest) * Float(side / 2 - 2))
                for x in value < 0 ? side / 2 - length..<side / 2 + 1 : side / 2..<side / 2 + length + 1 {
                    for y in 0..<max(1, step / 2 - 2) { picture.set(x, number * step + bar * (step / 2) + 1 + y, Self.colours[bar]) }
                }
            }
        }
        return picture
    }
}
