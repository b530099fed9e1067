extension SettingValue.Scalar {
    /// The finite number that this is; nil when it is none or is quoted.
    func number<Number: BinaryFloatingPoint & LosslessStringConvertible>() -> Number? {
        guard let digits = plainDigits, let number = Number(digits), number.isFinite else { return nil }
        return number
    }

    /// The whole number that this is; nil when it is none, is quoted or doesn't fit.
    func integer<Integer: FixedWidthInteger>() -> Integer? {
        guard let digits = plainDigits else { return nil }
        if let integer = Integer(digits) { return integer }
        // `1e6`; up to 2⁵³, where every whole number is still a Double.
        guard let number = Double(digits), abs(number) <= 0x1p53 else { return nil }
        return Integer(exactly: number)
    }

    /// Swift also reads "0x1p3", "inf" and "nan"; a run file does without.
    private var plainDigits: String? {
        guard isPlain, text.utf8.allSatisfy("+-.eE_0123456789".utf8.contains) else { return nil }
        return text.filter { $0 != "_" }
    }
}
