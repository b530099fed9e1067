import Glibc
package import StarlingSafetensors

/// Names the digit of a picture: a network with one hidden layer (rectified) and fixed parameters.
package struct DigitClassifier: Sendable {
    /// `[64, H]` and `[H]`, of greys from 0 to 1.
    private let hiddenWeight: [Float]
    private let hiddenBias: [Float]
    /// `[H, 10]` and `[10]`.
    private let outputWeight: [Float]
    private let outputBias: [Float]

    /// The arrays `classifier.…` of a file.
    /// - Throws: which one is missing or doesn't fit.
    package init(_ file: SafetensorsFile) throws(DataFileError) {
        let pixels = Drawing.side * Drawing.side
        let width = file["classifier.hidden_bias"]?.shape.first ?? 0
        func values(_ name: String, _ shape: [Int]) throws(DataFileError) -> [Float] {
            guard let array = file["classifier.\(name)"], array.shape == shape, !shape.contains(0),
                let values = array.values(as: Float.self)
            else { throw DataFileError("it needs the array classifier.\(name), F32 \(shape)") }
            return values
        }
        hiddenBias = try values("hidden_bias", [width])
        hiddenWeight = try values("hidden_weight", [pixels, width])
        outputWeight = try values("output_weight", [width, Drawing.digits])
        outputBias = try values("output_bias", [Drawing.digits])
    }

    /// Of every digit, `[10]`.
    package func logProbabilities(_ drawing: Drawing) -> [Float] {
        var hidden = hiddenBias
        let width = hidden.count
        for pixel in 0..<Drawing.side * Drawing.side {
            let grey = Float(drawing.grey(pixel)) / Float(Drawing.greys - 1)
            guard grey > 0 else { continue }
            for unit in 0..<width { hidden[unit] += grey * hiddenWeight[pixel * width + unit] }
        }
        var logits = outputBias
        for unit in 0..<width where hidden[unit] > 0 {
            for digit in 0..<Drawing.digits { logits[digit] += hidden[unit] * outputWeight[unit * Drawing.digits + digit] }
        }
        let largest = logits.max()!
        let shift = largest + logf(logits.reduce(0) { $0 + expf($1 - largest) })
        return logits.map { $0 - shift }
    }

    /// What it takes it for.
    package func digit(_ drawing: Drawing) -> Int {
        let logs = logProbabilities(drawing)
        return logs.indices.max { logs[$0] < logs[$1] }!
    }
}
