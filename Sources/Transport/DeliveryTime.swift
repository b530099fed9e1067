/// How long most unrolls take from credit to arrival: a running median, which a few that take for ever, or say nothing at
/// all, don't move.
struct DeliveryTime {
    /// Seconds; nil before the first.
    private(set) var median: Double?

    private static let shortest = 1e-3
    /// So much it follows each one.
    private static let rate = 1.05

    mutating func add(_ seconds: Double) {
        guard let median else {
            self.median = max(Self.shortest, seconds)
            return
        }
        self.median = max(Self.shortest, seconds > median ? median * Self.rate : median / Self.rate)
    }
}
