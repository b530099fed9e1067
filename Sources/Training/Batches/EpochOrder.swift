import StarlingExperience

/// Rows of a data set one after the other: each once, in an order of chance, then each once more in another.
struct EpochOrder {
    private var order: [Int32]
    private var place = 0
    private var epoch: UInt64 = 0
    private let seed: UInt64

    init(count: Int, seed: UInt64) {
        self.seed = seed
        order = (0..<Int32(count)).map(\.self)
        order.shuffle(seed: Seed.mix(seed, epoch))
    }

    mutating func next() -> Int {
        if place == order.count {
            (place, epoch) = (0, epoch + 1)
            order.shuffle(seed: Seed.mix(seed, epoch))
        }
        defer { place += 1 }
        return Int(order[place])
    }
}
