import Glibc

extension SeededGenerator {
    /// Standard normal, of two numbers of the sequence: Box and Muller (1958), whose second result is left.
    public mutating func gaussian() -> Double {
        // Above 0: its logarithm is wanted.
        let radius = (-2 * log(1 - uniform(0, 1))).squareRoot()
        return radius * cos(2 * .pi * uniform(0, 1))
    }
}
