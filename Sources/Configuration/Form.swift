/// How values and ranges are written.
enum Form {
    static func integer<Integer: FixedWidthInteger>(_ range: ClosedRange<Integer>) -> String {
        switch (range.lowerBound == .min, range.upperBound == .max) {
        case (true, true): Integer.isSigned ? "a whole number" : "a whole number, at least 0"
        case (false, true): "a whole number, at least \(range.lowerBound)"
        default: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    static func number<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ range: ClosedRange<Number>
    ) -> String {
        let (low, high) = (range.lowerBound, range.upperBound)
        let isPositive = low == .leastNonzeroMagnitude || low == .leastNormalMagnitude
        switch (low == -.greatestFiniteMagnitude, isPositive, high == .greatestFiniteMagnitude) {
        case (true, _, true): return "a number"
        case (true, _, false): return "a number, at most \(plain(high))"
        case (_, true, true): return "a number greater than 0"
        case (_, true, false): return "a number greater than 0 and at most \(plain(high))"
        case (_, _, true): return "a number, at least \(plain(low))"
        default: return "a number from \(plain(low)) to \(plain(high))"
        }
    }

    /// The shortest text that reads back to the same bits, with a point: YAML 1.1 takes `1e-05` for a word.
    static func print<Number: BinaryFloatingPoint & LosslessStringConvertible>(_ number: Number) -> String {
        let text = number.description
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    /// A text, quoted where YAML would read something else.
    static func print(_ text: String) -> String {
        let isWord =
            text.utf8.first.map(isLetter) == true
            && text.utf8.allSatisfy { isLetter($0) || "0123456789_-./".utf8.contains($0) }
        let isTaken = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        if isWord && !isTaken { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                quoted += "\\x" + String(repeating: "0", count: 2 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    static func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

    static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }

    /// Whole numbers without ".0".
    private static func plain<Number: BinaryFloatingPoint & LosslessStringConvertible>(_ number: Number) -> String {
        Int64(exactly: number).map { String($0) } ?? number.description
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
