extension Double {
    /// Rounded to so many digits behind the point, for people; “–” when it is no number.
    package func text(_ digits: Int) -> String {
        guard isFinite else { return "–" }
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let rounded = (self * factor).rounded() / factor
        return digits == 0 ? String(Int(rounded)) : String(rounded)
    }
}
