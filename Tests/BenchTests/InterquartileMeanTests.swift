import StarlingBench
import Testing

@Suite struct InterquartileMeanTests {
    /// As `scipy.stats.trim_mean(numbers, 0.25)` has them.
    @Test func aQuarterAtEitherEndIsLeftOut() {
        #expect(InterquartileMean([7]).mean == 7)
        #expect(InterquartileMean([1, 2, 9]).mean == 4)
        #expect(InterquartileMean([100, 1, 3, 2]).mean == 2.5)
        #expect(InterquartileMean([1, 2, 3, 4, 100]).mean == 3)
        #expect(InterquartileMean([-50, 1, 2, 3, 4, 5, 6, 1000]).mean == 3.5)
    }

    @Test func theIntervalHoldsTheMeanAndIsThatOfTheRuns() {
        let one = InterquartileMean([3])
        #expect(one.low == 3 && one.high == 3)
        let same = InterquartileMean([5, 5, 5])
        #expect(same.low == 5 && same.high == 5)
        let numbers = (0..<40).map { Double($0 % 10) }
        let (few, many) = (InterquartileMean(Array(numbers.prefix(10))), InterquartileMean(numbers))
        #expect(few.low < few.mean && few.mean < few.high && many.high - many.low < few.high - few.low)
        #expect(InterquartileMean(numbers) == many)
    }

    /// Of numbers that are normal it holds the true mean as often as it says, or nearly: a percentile bootstrap of 20 is a little narrow.
    @Test func theIntervalHoldsTheTruthAsOftenAsItSays() {
        var generator = SystemRandomNumberGenerator()
        func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) } }
        let held = (0..<300).count { _ in
            let interval = InterquartileMean((0..<20).map { _ in normal() })
            return interval.low <= 0 && 0 <= interval.high
        }
        #expect((258...297).contains(held), "\(held) of 300")
    }
}
