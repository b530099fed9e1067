import Glibc
import StarlingExperience

/// Random numbers of a seed by counting, the same everywhere.
struct Draws {
    private let seed: UInt64
    private var count: UInt64 = 0

    init(seed: UInt64) { self.seed = seed }

    /// Uniform in 0 ..< 1.
    mutating func uniform() -> Double {
        count += 1
        return Double(Seed.mix(seed, count) >> 11) * 0x1p-53
    }

    /// Normal of mean 0 and variance 1 (Box & Muller 1958).
    mutating func gaussian() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// 0 ..< n in a random order (Fisher & Yates).
    mutating func permutation(_ n: Int) -> [Int] {
        var order = Array(0..<n)
        for last in stride(from: n - 1, to: 0, by: -1) { order.swapAt(last, Int(uniform() * Double(last + 1))) }
        return order
    }
}
