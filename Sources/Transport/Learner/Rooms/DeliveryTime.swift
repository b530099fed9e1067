/// How long most unrolls take from credit to arrival: a running median, which those that take for ever, or never come,
/// don't move.
struct DeliveryTime {
    /// Seconds; nil before the first.
    private(set) var median: Double?

    private static let shortest = 1e-3
    private static let pace = 1.05

    mutating func add(_ seconds: Double) {
        guard let median else {
            self.median = max(Self.shortest, seconds)
            return
        }
        self.median = max(Self.shortest, seconds > median ? median * Self.pace : median / Self.pace)
    }
}
