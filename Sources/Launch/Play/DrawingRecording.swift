import StarlingEnvironments
import StarlingRecording

/// Drawings as one picture: a line for each digit that is named, with its first drawings; red where the classifier reads another digit.
struct DrawingRecording {
    private static let columns = 16
    /// Pixels on a side of one of a drawing's.
    private static let scale = 5

    private let drawings: [Drawing]
    private let classifier: DigitClassifier

    init(_ drawings: [Drawing], _ classifier: DigitClassifier) { (self.drawings, self.classifier) = (drawings, classifier) }

    var png: [UInt8] {
        // A pixel of ground between one and the next.
        let step = Drawing.side + 1
        let (width, height) = (Self.columns * step + 1, Drawing.digits * step + 1)
        var sheet = [UInt8](repeating: 225, count: 3 * width * height)
        for digit in 0..<Drawing.digits {
            for (column, drawing) in drawings.lazy.filter({ $0.digit == digit }).prefix(Self.columns).enumerated() {
                let rgb = drawing.rgb(isWrong: classifier.digit(drawing) != digit)
                for row in 0..<Drawing.side {
                    let place = 3 * ((digit * step + 1 + row) * width + column * step + 1)
                    let source = 3 * Drawing.side * row
                    sheet.replaceSubrange(place..<place + 3 * Drawing.side, with: rgb[source..<source + 3 * Drawing.side])
                }
            }
        }
        return PNGFile.encoded(width: width, height: height, rgb: sheet, scale: Self.scale)
    }
}
