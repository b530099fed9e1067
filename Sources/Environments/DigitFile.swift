import Glibc
import StarlingSafetensors

/// Labelled digits in a safetensors file: `train.observations` `[N, 1, 28, 28]` and `train.labels` `[N]`, bytes both, and `test.…`
/// likewise. `scripts/digits mnist` writes one.
package struct DigitFile: Sendable {
    package let train: LabelledDigits
    package let test: LabelledDigits

    package static let shape = [1, 28, 28]
    package static let classes = 10
    /// Names the file.
    package static let variable = "STARLING_DIGITS"

    /// Of this process, read when it is first asked for.
    static let shared = Result { try DigitFile(reading: path) }

    /// Where it lies on this machine.
    private static var path: String {
        if let named = getenv(variable), named.pointee != 0 { return String(cString: named) }
        return "\(getenv("HOME").map { String(cString: $0) } ?? "")/.local/share/starling/digits.safetensors"
    }

    /// - Throws: what is wrong with it, where it is, and how to make one.
    package init(reading path: String) throws {
        let remedy = "`scripts/digits mnist` writes it, or \(Self.variable) says where one is"
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(reading: path)
        } catch {
            throw DigitFileError("\(error); \(remedy)")
        }
        do {
            (train, test) = (try LabelledDigits("train", of: file), try LabelledDigits("test", of: file))
        } catch {
            throw DigitFileError("\(path) holds no such digits: \(error); \(remedy)")
        }
    }
}

/// One part of them.
package struct LabelledDigits: Sendable {
    /// `[N, 28, 28]`.
    private let pixels: [UInt8]
    /// `[N]`, below 10.
    private let labels: [UInt8]

    /// None.
    init() { (pixels, labels) = ([], []) }

    fileprivate init(_ part: String, of file: SafetensorsFile) throws(DigitFileError) {
        let names = ("\(part).observations", "\(part).labels")
        guard let images = file[names.0], let labels = file[names.1] else {
            throw DigitFileError("it needs the arrays \(names.0) and \(names.1)")
        }
        guard images.scalar == .uint8, labels.scalar == .uint8, let count = labels.shape.first, count > 0, labels.shape.count == 1,
            images.shape == [count] + DigitFile.shape
        else {
            throw DigitFileError(
                "\(names.0) is \(images.scalar.rawValue) \(images.shape) and \(names.1) \(labels.scalar.rawValue) \(labels.shape), not U8 "
                    + "[N, 1, 28, 28] and U8 [N]")
        }
        if let wrong = labels.bytes.first(where: { $0 >= DigitFile.classes }) { throw DigitFileError("\(names.1) holds a \(wrong)") }
        (pixels, self.labels) = (images.bytes, labels.bytes)
    }

    package var count: Int { labels.count }

    package func label(_ index: Int) -> Int { Int(labels[index]) }

    /// Row by row.
    package func pixel(_ place: Int, of index: Int) -> UInt8 { pixels[index * Self.width + place] }

    func copy(_ index: Int, to observation: inout MutableSpan<UInt8>) {
        for place in 0..<Self.width { observation[place] = pixels[index * Self.width + place] }
    }

    private static let width = DigitFile.shape.reduce(1, *)
}

/// Why there are no digits, in one line.
package struct DigitFileError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
