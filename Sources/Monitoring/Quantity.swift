/// Numbers as people read them.
package enum Quantity {
    /// `152,320`.
    package static func grouped(_ count: some BinaryInteger) -> String {
        var digits = String(count.magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (count < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
    }

    /// At most 6 characters: `999`, `15.2k`, `1.25M`.
    package static func short(_ count: UInt64) -> String {
        for (unit, name) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where Double(count) >= unit {
            return significant(Double(count) / unit, digits: 3, trimming: true) + name
        }
        return String(count)
    }

    /// At most 7 characters: `12 B`, `3.4 kB`, `221 MB`.
    package static func bytes(_ count: Int) -> String {
        for (unit, name) in [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")] where Double(count) >= unit {
            let size = Double(count) / unit
            return "\(fixed(size, places: size < 9.95 ? 1 : 0)) \(name)"
        }
        return "\(count) B"
    }

    /// About so many digits, without an exponent while that stays readable: `0.0213`, `12.3`, `487`.
    package static func significant(_ number: Double, digits: Int = 3, trimming: Bool = false) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-inf" : "inf" }
        let size = abs(number)
        guard size == 0 || size >= 1e-3 else { return scientific(number) }
        guard size < 1e6 else { return scientific(number) }
        var places = 0
        var scale = 1.0
        while places < digits + 2, size * scale < pow10(digits - 1), size > 0 {
            places += 1
            scale *= 10
        }
        var text = fixed(number, places: size == 0 ? 0 : places)
        if trimming, text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// Three digits, or all before the point, without zeros at the end: `475`, `2`, `0.5`.
    package static func trimmed(_ number: Double) -> String { significant(number, trimming: true) }

    /// A return as it is compared with a goal, three digits at least: `487.3`, `0.912`, and `15023` where the tenth doesn't matter.
    package static func meanReturn(_ number: Double) -> String { fixed(number, places: places(abs(number))) }

    /// A mean of returns and their deviation, with the same places: `487.3 ± 12.5`, `0.912 ± 0.103`.
    package static func meanReturn(_ mean: Double, deviation: Double) -> String {
        let places = places(max(abs(mean), deviation))
        return "\(fixed(mean, places: places)) ± \(fixed(deviation, places: places))"
    }

    private static func places(_ size: Double) -> Int {
        switch size {
        case 1e4...: 0
        case 10..<1e4: 1
        case 1..<10: 2
        case 1e-3..<1: 3
        default: size == 0 ? 1 : 6
        }
    }

    /// With exactly so many places.
    package static func fixed(_ number: Double, places: Int) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return significant(number) }
        let scale = pow10(places)
        let scaled = (abs(number) * scale).rounded()
        let whole = UInt64(scaled) / UInt64(scale)
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + String(whole) }
        let part = String(UInt64(scaled) % UInt64(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: places - part.count) + part
    }

    /// `0:42`, `1:02:03`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "never" }
        let total = Int(max(0, seconds))
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    private static func scientific(_ number: Double) -> String {
        var mantissa = abs(number)
        var exponent = 0
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return "\(number < 0 ? "-" : "")\(fixed(mantissa, places: 2))e\(exponent)"
    }

    private static func pow10(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { power, _ in power * 10 } }
}

extension UInt64 {
    /// The nearest whole number; 0 for what is no number.
    init(clamping number: Double) {
        self = number > 0 ? UInt64(exactly: number.rounded()) ?? .max : 0
    }
}
