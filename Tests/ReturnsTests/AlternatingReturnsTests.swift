import StarlingExperience
import StarlingReturns
import Testing

/// Returns of two players in turn, by a negative discount.
@Suite struct AlternatingReturnsTests {
    /// Of a pile of stones players take one, two or three in turn; who takes the last wins. What a pile is worth to who is to move, by
    /// enumeration, and what to take: the rest by four, or where there is none anything.
    private struct Pile {
        let discount: Float
        private(set) var worths: [Float] = [0]

        init(stones: Int, discount: Float) {
            self.discount = discount
            for pile in 1...stones { worths.append((1...min(3, pile)).map { worth(pile, taking: $0) }.max()!) }
        }

        func worth(_ pile: Int, taking count: Int) -> Float { pile == count ? 1 : -discount * worths[pile - count] }
    }

    /// Along best play every kind of return of the exact values is the value, for every λ and n.
    @Test func returnsOfBestPlayAreItsValues() {
        let pile = Pile(stones: 21, discount: 0.9)
        #expect(pile.worths[4] == -0.9 && pile.worths[20] < 0 && pile.worths[21] > 0)
        // Three games in a row, then a bootstrap from the beginning of a fourth.
        var (values, rewards, kinds): ([Float], [Float], [UInt8]) = ([], [], [])
        for first in [21, 20, 7] {
            var left = first
            while left > 0 {
                let count = (1...min(3, left)).first { pile.worth(left, taking: $0) == pile.worths[left] }!
                values.append(pile.worths[left])
                left -= count
                rewards.append(left == 0 ? 1 : 0)
                kinds.append((left == 0 ? StepKind.terminated : .ordinary).rawValue)
            }
        }
        values.append(pile.worths[13])
        let count = rewards.count
        let discounting = Discounting.kinds(lent(kinds), discount: -pile.discount)
        for lambda: Float in [0, 0.5, 1] {
            let returns = result(count + 1) {
                OnPolicyReturns.lambdaReturns(
                    unrollLength: count, columns: 1, lambda: lambda, rewards: lent(rewards), discounting: discounting, values: lent(values),
                    returns: $0)
            }
            let advantages = result(count + 1) {
                OnPolicyReturns.generalizedAdvantages(
                    unrollLength: count, columns: 1, lambda: lambda, rewards: lent(rewards), discounting: discounting, values: lent(values),
                    advantages: $0)
            }
            #expect(isClose(returns, values.map(Double.init)))
            #expect(isClose(advantages, Array(repeating: 0, count: count + 1)))
        }
        for n in [1, 2, 3, 10] {
            let returns = result(count + 1) {
                OnPolicyReturns.stepReturns(
                    n, unrollLength: count, columns: 1, rewards: lent(rewards), discounting: discounting, values: lent(values), returns: $0)
            }
            #expect(isClose(returns, values.map(Double.init)))
        }
    }

    /// Of any play, with any ratios: seen by the first player alone, whose rewards and values are the second's with the sign turned, it is
    /// the usual returns of one player.
    @Test(arguments: [0, 0.6, 1] as [Float])
    func returnsAreThoseOfOnePlayerWithTheOthersSignsTurned(lambda: Float) {
        var numbers = TestNumbers(state: 3)
        let (rows, columns, discount) = (24, 3, Float(0.8))
        let count = rows * columns
        let (rewards, logRatios) = (numbers.floats(count, -2, 2), numbers.floats(count, -1, 1))
        let values = numbers.floats(count + columns, -3, 3)
        let kinds = (0..<count).map { _ -> UInt8 in
            let number = numbers.next() % 8
            return (number == 0 ? StepKind.terminated : number == 1 ? .truncated : number == 2 ? .reset : .ordinary).rawValue
        }
        // Whether it is the first player's turn.
        let signs = (0..<count + columns).map { ($0 / columns).isMultiple(of: 2) ? Float(1) : -1 }
        func turned(_ numbers: [Float]) -> [Float] { zip(numbers, signs).map(*) }

        func targets(_ discount: Float, _ rewards: [Float], _ values: [Float]) -> (targets: [Float], advantages: [Float]) {
            var advantages: [Float] = []
            let settings = VTraceTargets.Settings(discount: 0, lambda: lambda, rhoClip: 1.5)
            let targets = result(count + columns) { targets in
                advantages = result(count + columns) {
                    VTraceTargets.targets(
                        unrollLength: rows, columns: columns, settings: settings, logRatios: lent(logRatios), rewards: lent(rewards),
                        discounting: .kinds(lent(kinds), discount: discount), values: lent(values), valueTargets: targets, advantages: $0)
                }
            }
            return (targets, advantages)
        }
        let two = targets(-discount, rewards, values)
        let one = targets(discount, turned(rewards), turned(values))
        #expect(isClose(two.targets, turned(one.targets).map(Double.init)))
        #expect(isClose(two.advantages, turned(one.advantages).map(Double.init)))

        for n in [1, 4] {
            func returns(_ discount: Float, _ rewards: [Float], _ values: [Float]) -> [Float] {
                result(count + columns) {
                    OnPolicyReturns.stepReturns(
                        n, unrollLength: rows, columns: columns, rewards: lent(rewards),
                        discounting: .kinds(lent(kinds), discount: discount), values: lent(values), returns: $0)
                }
            }
            let expected = turned(returns(discount, turned(rewards), turned(values)))
            #expect(isClose(returns(-discount, rewards, values), expected.map(Double.init)))
        }
    }
}
