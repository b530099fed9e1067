extension [Double] {
    /// The number in the middle, of an even count the mean of the two there.
    /// - Precondition: there is a number.
    package var median: Double {
        precondition(!isEmpty, "nothing was measured")
        let sorted = sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
