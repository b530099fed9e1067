import StarlingExperience
import StarlingReturns
import Testing

/// Golden vectors of rlax (`rlax/_src/multistep_test.py`), and the kinds of rows.
@Suite struct OnPolicyReturnsTests {
    private let rewards = lent(timeMajor([[1, 0, -1, 0, 1], [0.5, 0.8, -0.7, 0, 2.1]] as [[Float]]))
    private let discounts = lent(timeMajor([[0.5, 0.9, 1, 0.5, 0.8], [0.9, 0.5, 0.3, 0.8, 0.7]] as [[Float]]))
    /// rlax has no V of the first row; nothing here may depend on it.
    private let values = lent(timeMajor([[.nan, 3, 1, 5, -5, 3], [.nan, -1.7, 1.2, 2.3, 2.2, 2.7]] as [[Float]]))

    @Test func lambdaReturnsEqualRlax() {
        let returns = result(12) {
            OnPolicyReturns.lambdaReturns(
                unrollLength: 5, columns: 2, lambda: 0.75, rewards: rewards, discounting: .each(discounts),
                values: values, returns: $0)
        }
        #expect(
            isClose(
                returns,
                timeMajor([
                    [1.6460547, 0.72281253, 0.7375001, 0.6500001, 3.4, 3], [0.7866317, 0.9913063, 0.1101501, 2.834, 3.99, 2.7],
                ])))
    }

    /// Of `rlax/_src/value_learning_test.py`: what the next state is worth to each rule there, and the errors that come of it.
    @Test(
        "Errors of TD(λ), SARSA(λ) and Q(λ) equal rlax's",
        arguments: [
            (
                [[-1.1, 3.1, 2.2], [-1.1, -2.1, -1.2]], [[1.1, -1.1, 3.1], [2.1, -1.1, -2.1]],
                [[-2.4, 3.2732253, 1.0700002], [-0.01701999, 2.6529999, -2.196]]
            ),
            (
                [[2.2, -1.2, -1.2], [2.2, 1.2, -1.2]], [[1.1, 1.1, 3.1], [3.1, -1.1, -2.1]],
                [[-2.4, -1.8126001, -1.8200002], [0.25347996, 3.4780002, -2.196]]
            ),
            (
                [[2.2, 0.2, 2.2], [4.2, 1.2, -1.2]], [[1.1, 1.1, 3.1], [3.1, -1.1, -2.1]],
                [[-2.4, 0.427975, 1.07], [0.69348, 3.478, -2.196]]
            ),
        ] as [([[Float]], [[Float]], [[Double]])])
    func errorsEqualRlax(worth: [[Float]], taken: [[Float]], expected: [[Double]]) {
        let rewards = lent(timeMajor([[-1.3, -1.3, 2.3], [1.3, 5.3, -3.3]] as [[Float]]))
        let discounts = lent(timeMajor([[0, 0.89, 0.85], [0.88, 1, 0.83]] as [[Float]]))
        let returns = result(8) {
            OnPolicyReturns.lambdaReturns(
                unrollLength: 3, columns: 2, lambda: 0.75, rewards: rewards, discounting: .each(discounts),
                values: lent(timeMajor(worth.map { [.nan] + $0 })), returns: $0)
        }
        #expect(isClose(zip(returns, timeMajor(taken)).map { $0 - $1 }, timeMajor(expected)))
    }

    @Test(
        "So do those of a single step by SARSA and by Q-learning",
        arguments: [([1, 3], [1, 1], [0, 3]), ([1, 2], [1, 2], [0, 1])] as [([Float], [Float], [Double])])
    func singleStepErrorsEqualRlax(worth: [Float], taken: [Float], expected: [Double]) {
        let returns = result(4) {
            OnPolicyReturns.lambdaReturns(
                unrollLength: 1, columns: 2, lambda: 0, rewards: lent([1, 1]), discounting: .each(lent([0, 1])),
                values: lent([.nan, .nan] + worth), returns: $0)
        }
        #expect(isClose(zip(returns, taken).map { $0 - $1 }, expected))
    }

    @Test(arguments: [
        (3, [[2.8, -3.15, 0.7, 1.7, 3.4, 3], [1.2155, 0.714, 0.2576, 3.192, 3.99, 2.7]]),
        (5, [[1.315, 0.63, 0.7, 1.7, 3.4, 3], [1.33592, 0.9288, 0.2576, 3.192, 3.99, 2.7]]),
        (7, [[1.315, 0.63, 0.7, 1.7, 3.4, 3], [1.33592, 0.9288, 0.2576, 3.192, 3.99, 2.7]]),
    ])
    func stepReturnsEqualRlax(n: Int, expected: [[Double]]) {
        let returns = result(12) {
            OnPolicyReturns.stepReturns(
                n, unrollLength: 5, columns: 2, rewards: rewards, discounting: .each(discounts), values: values,
                returns: $0)
        }
        #expect(isClose(returns, timeMajor(expected)))
    }

    @Test(
        arguments: [
            (1, [[-1.45118, -4.4557, 2.5396, 0.5249, -0.49, 0], [3, 2, 1, 0, -4.9, 0]]),
            (0.7, [[-0.676979, -5.248167, 2.4846, 0.6704, -0.49, 0], [2.2899, 1.73, 1, 0, -4.9, 0]]),
            (0.4, [[0.56731, -6.042, 2.3431, 0.815, -0.49, 0], [1.725, 1.46, 1, 0, -4.9, 0]]),
        ] as [(Float, [[Double]])])
    func generalizedAdvantagesEqualRlax(lambda: Float, expected: [[Double]]) {
        let rewards = lent(timeMajor([[0, 0, 1, 0, -0.5], [0, 0, 0, 0, 1]] as [[Float]]))
        let values = lent(timeMajor([[1, 4, -3, -2, -1, -1], [-3, -2, -1, 0, 5, -1]] as [[Float]]))
        let discounts = lent(timeMajor([[0.99, 0.99, 0.99, 0.99, 0.99], [0.9, 0.9, 0.9, 0, 0.9]] as [[Float]]))
        let advantages = result(12) {
            OnPolicyReturns.generalizedAdvantages(
                unrollLength: 5, columns: 2, lambda: lambda, rewards: rewards, discounting: .each(discounts),
                values: values, advantages: $0)
        }
        // rlax's numbers are rounded, and it compares them to 1e-3.
        #expect(zip(advantages, timeMajor(expected)).allSatisfy { abs(Double($0) - $1) < 1e-3 })
        let returns = result(12) {
            OnPolicyReturns.lambdaReturns(
                unrollLength: 5, columns: 2, lambda: lambda, rewards: rewards, discounting: .each(discounts),
                values: values, returns: $0)
        }
        #expect(isClose(advantages, zip(returns, values).map { Double($0 - $1) }), "A = G − V")
    }

    /// Rows: a step, a truncation, its reset row (with rubbish in it), a step, a termination, a step.
    private let kinds: [StepKind] = [.ordinary, .truncated, .reset, .ordinary, .terminated, .ordinary]
    private let kindRewards: [Float] = [1, 2, .nan, 3, 4, 5]
    private let kindValues: [Float] = [10, 20, 30, 40, 50, 60, 70]

    @Test func rowKindsEndLambdaReturns() {
        let returns = result(7) {
            OnPolicyReturns.lambdaReturns(
                unrollLength: 6, columns: 1, lambda: 0.5, rewards: lent(kindRewards),
                discounting: .kinds(lent(kinds.map(\.rawValue)), discount: 0.5), values: lent(kindValues), returns: $0)
        }
        // From the end: 5 + .5·70; 4; 3 + .5(.5·50 + .5·4); 30; 2 + .5·30; 1 + .5(.5·20 + .5·17)
        #expect(returns == [10.25, 17, 30, 16.5, 4, 40, 70])
    }

    @Test func rowKindsEndGeneralizedAdvantages() {
        let advantages = result(7) {
            OnPolicyReturns.generalizedAdvantages(
                unrollLength: 6, columns: 1, lambda: 0.5, rewards: lent(kindRewards),
                discounting: .kinds(lent(kinds.map(\.rawValue)), discount: 0.5), values: lent(kindValues),
                advantages: $0)
        }
        // From the end: 5 + 35 − 60; 4 − 50; 3 + 25 − 40 − ¼·46; 0; 2 + 15 − 20; 1 + 10 − 10 − ¼·3
        #expect(advantages == [0.25, -3, 0, -23.5, -46, -20, 0])
    }

    @Test func rowKindsEndStepReturns() {
        let returns = result(7) {
            OnPolicyReturns.stepReturns(
                3, unrollLength: 6, columns: 1, rewards: lent(kindRewards),
                discounting: .kinds(lent(kinds.map(\.rawValue)), discount: 0.5), values: lent(kindValues), returns: $0)
        }
        // 1 + .5(2 + .5·30); 2 + .5·30; 30; 3 + .5·4; 4; 5 + .5·70; 70
        #expect(returns == [9.5, 17, 30, 5, 4, 40, 70])
    }
}
