import StarlingBench
import Testing

@Suite struct PairedDifferenceTests {
    /// What instances have in common is no difference: the interval is narrow where they are wide apart.
    @Test func onlyDifferencesCount() {
        let others = (0..<30).map { Double($0 * $0) }
        let better = others.enumerated().map { $1 + 1 + ($0 % 2 == 0 ? 0.1 : -0.1) }
        let difference = PairedDifference(better, over: others)
        #expect(abs(difference.mean - 1) < 1e-9)
        #expect(difference.low > 0.94 && difference.low < 0.99 && difference.high > 1.01 && difference.high < 1.06, "\(difference)")
        let none = PairedDifference(others, over: others)
        #expect((none.mean, none.low, none.high) == (0, 0, 0))
    }
}
