import StarlingLatentQuality
import StarlingMonitoring
import StarlingRecording

/// Observations, and below each what comes back of it, as one picture.
struct ReconstructionSheet {
    private static let columns = 8
    /// Pixels on a side of a column, at least.
    private static let side = 64

    private let sample: LatentSample
    private let reconstructions: Matrix

    /// - Returns: nil where observations are no pictures, or nothing comes back.
    init?(_ sample: LatentSample) {
        guard sample.shape.count == 3, let reconstructions = sample.reconstructions else { return nil }
        (self.sample, self.reconstructions) = (sample, reconstructions)
    }

    var image: TensorBoardFile.Image {
        let (height, width) = (sample.shape[1], sample.shape[2])
        let columns = min(Self.columns, sample.observations.rows)
        // A pixel of ground around each.
        let (sheetWidth, sheetHeight) = (columns * (width + 1) + 1, 2 * (height + 1) + 1)
        var sheet = [UInt8](repeating: 128, count: 3 * sheetWidth * sheetHeight)
        for (row, matrix) in [sample.observations, reconstructions].enumerated() {
            for column in 0..<columns {
                // Spread over the sample, whose first rows are of one moment.
                let place = column * (matrix.rows / columns) * matrix.columns
                let rgb = PlanePicture.rgb(Array(matrix.values[place..<place + matrix.columns]), shape: sample.shape)
                for y in 0..<height {
                    let target = 3 * ((row * (height + 1) + 1 + y) * sheetWidth + column * (width + 1) + 1)
                    sheet.replaceSubrange(target..<target + 3 * width, with: rgb[3 * width * y..<3 * width * (y + 1)])
                }
            }
        }
        let scale = max(1, Self.side / max(width, height))
        return TensorBoardFile.Image(
            "latent/observations_and_reconstructions", width: sheetWidth * scale, height: sheetHeight * scale,
            png: PNGFile.encoded(width: sheetWidth, height: sheetHeight, rgb: sheet, scale: scale))
    }
}
