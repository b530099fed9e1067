import StarlingExperience

extension [Int32] {
    /// Fisher and Yates; the numbers are SplitMix64's, so the order follows from the seed alone.
    mutating func shuffle(seed: UInt64) {
        var state = seed
        guard count > 1 else { return }
        for last in stride(from: count - 1, to: 0, by: -1) {
            state &+= 0x9E37_79B9_7F4A_7C15
            // The product's high word is uniform in 0 ... last but for one part in 2⁶⁴ / last.
            let place = Int(Seed.finalize(state).multipliedFullWidth(by: UInt64(last + 1)).high)
            swapAt(last, place)
        }
    }
}
