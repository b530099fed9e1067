import ArgumentParser

/// Environment steps as people write them: `500000`, `500_000`, `500k`, `1M`, `1e6`.
struct FrameCount: ExpressibleByArgument, Hashable {
    let count: UInt64

    private static let limit = 1e12
    private static let units: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "G": 1e9, "B": 1e9]

    init?(argument: String) {
        var text = argument.filter { $0 != "_" }[...]
        var unit = 1.0
        if let last = text.last, let known = Self.units[last] {
            text.removeLast()
            unit = known
        }
        guard let first = text.first, first.isNumber, let number = Double(text).map({ $0 * unit }), number >= 0, number <= Self.limit,
            number == number.rounded()
        else { return nil }
        count = UInt64(number)
    }
}
