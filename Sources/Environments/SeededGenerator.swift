import StarlingExperience

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): small, fast, and the same
/// numbers for the same seed everywhere. Its whole state is one word, so an environment that holds one can be saved.
public struct SeededGenerator: RandomNumberGenerator, BitwiseCopyable, Hashable, Sendable {
    private var state: UInt64

    /// One seed is one sequence of numbers.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Seed.finalize(state)
    }

    /// Uniform in `[low, high)`, made from 53 random bits. Unlike `Double.random(in:using:)` it draws exactly one
    /// number, and the standard library can't change it.
    public mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * (Double(next() >> 11) * 0x1p-53)
    }
    /// Uniform in `0..<count`, made from 53 random bits of one number.
    public mutating func below(_ count: Int) -> Int { Int(uniform(0, Double(count))) }
}
