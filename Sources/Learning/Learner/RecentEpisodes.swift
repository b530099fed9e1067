/// A number of each of the last 100 training episodes, as their returns or lengths.
package struct RecentEpisodes: Codable, Hashable, Sendable {
    package static let window = 100

    /// As they came until the window is full; the newest take the places of the oldest then.
    private(set) var values: [Float] = []
    /// Which of a full window is the oldest.
    private(set) var next = 0

    package init() {}

    /// What checkpoints call them.
    private enum CodingKeys: String, CodingKey {
        case values = "returns"
        case next
    }

    package var count: Int { values.count }
    package var isFull: Bool { values.count == Self.window }
    /// nil before the first episode.
    package var mean: Float? { values.isEmpty ? nil : values.reduce(0, +) / Float(values.count) }

    /// Within which four of five are, the highest and the lowest tenth left out; nil before the first.
    package var spread: ClosedRange<Double>? {
        let sorted = values.filter(\.isFinite).sorted()
        guard let last = sorted.indices.last else { return nil }
        return Double(sorted[last / 10])...Double(sorted[last - last / 10])
    }

    package mutating func add(_ value: Float) {
        if values.count < Self.window {
            values.append(value)
        } else {
            values[next] = value
            next = (next + 1) % Self.window
        }
    }

    /// What `add` can't have made.
    var fault: String? {
        guard values.count <= Self.window else { return "it holds \(values.count) recent returns instead of \(Self.window)" }
        guard next == 0 || (isFull && values.indices.contains(next)) else {
            return "the next of its \(values.count) recent returns is number \(next)"
        }
        for value in values where !value.isFinite { return "\(value) is among its recent returns" }
        return nil
    }
}
