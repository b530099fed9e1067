package import StarlingSafetensors

/// The classifier, and real digits that no training sees, in the file that `scripts/data drawing` writes.
package struct DrawingFile: Sendable {
    package let classifier: DigitClassifier
    package let held: [Drawing]

    /// Of this process, read when it is first asked for.
    package static let shared = Result { try DataFileError.reading(DigitDrawing.data) { try DrawingFile($0) } }

    package init(_ file: SafetensorsFile) throws(DataFileError) {
        classifier = try DigitClassifier(file)
        guard let array = file["test.tokens"], array.shape.count == 2, array.shape[1] == Drawing.length,
            let tokens = array.values(as: Int32.self), tokens.allSatisfy({ (0..<Int32(Drawing.tokenCount)).contains($0) })
        else { throw DataFileError("it needs the array test.tokens, I32 [N, \(Drawing.length)], numbers below \(Drawing.tokenCount)") }
        held = stride(from: 0, to: tokens.count, by: Drawing.length).map { start in
            Drawing(tokens[start..<start + Drawing.length].map { UInt8($0) })
        }
    }
}
