import StarlingExperience
import StarlingReturns
import Testing

@Suite struct VTraceTargetsTests {
    typealias Settings = VTraceTargets.Settings

    /// Value targets and advantages, both `[T+1, B]`.
    private func targets(
        _ T: Int, _ B: Int, _ settings: Settings, logRatios: [Float], rewards: [Float], discounting: Discounting,
        values: [Float]
    ) -> (values: [Float], advantages: [Float]) {
        var advantages: [Float] = []
        let valueTargets = result(values.count) { v in
            advantages = result(values.count) { a in
                VTraceTargets.targets(
                    unrollLength: T, columns: B, settings: settings, logRatios: lent(logRatios),
                    rewards: lent(rewards), discounting: discounting, values: lent(values), valueTargets: v,
                    advantages: a)
            }
        }
        return (valueTargets, advantages)
    }

    // rlax's 2 × 4 case (`rlax/_src/vtrace_test.py`); its log ratios, and its results at λ = 0.8, come from rlax 0.1.9
    // run in double. At λ = 1 the results are those of the file.
    private static let rlaxLogRatios =
        [
            [-0.744122041, 3.105134904, -3.250345975, 1.169598338],
            [4.560582516, -0.126804609, -11.379584822, 0.646340311],
        ] as [[Float]]
    private static let rlaxRewards = [[-1.3, -1.3, 2.3, 42], [1.3, 5.3, -3.3, -5]] as [[Float]]
    private static let rlaxDiscounts = [[0, 0.89, 0.85, 0.99], [0.88, 1, 0.83, 0.95]] as [[Float]]
    private static let rlaxValues = [[2.1, 1.1, -3.1, 0, 8.4], [3.1, 0.1, -1.1, 7.4, -1.2]] as [[Float]]

    @Test(arguments: [
        (
            Settings(discount: 0),
            [[-1.6155143, -3.4973226, 1.8670533, 50.316002], [1.4662437, 3.6116405, -8.33e-5, -13.54]],
            [[-1.6155143, -3.4973226, 1.8670534, 50.316002], [1.4662433, 3.6116405, -8.337e-5, -13.54]]
        ),
        (
            Settings(discount: 0, pgRhoClip: 5),
            [[-1.6155143, -3.4973226, 1.8670533, 50.316002], [1.4662437, 3.6116405, -8.33e-5, -13.54]],
            [
                [-1.615514353, -17.486613073, 1.867053242, 162.052678203],
                [7.331217079, 3.611640245, -8.336923871e-5, -25.84167706],
            ]
        ),
        (
            Settings(discount: 0, lambda: 0.8, pgRhoClip: 5),
            [
                [-1.615514353, -4.065720972, 1.535504253, 50.316],
                [0.8306178147, 3.611673032, -5.76868238e-5, -13.54],
            ],
            [
                [-1.615514353, -20.328604861, 1.535504253, 162.052678203],
                [4.153089074, 3.611673032, -5.76868238e-5, -25.84167706],
            ]
        ),
    ])
    func equalsRlax(settings: Settings, errors: [[Double]], advantages: [[Double]]) {
        let actual = targets(
            4, 2, settings, logRatios: timeMajor(Self.rlaxLogRatios), rewards: timeMajor(Self.rlaxRewards),
            discounting: .each(lent(timeMajor(Self.rlaxDiscounts))), values: timeMajor(Self.rlaxValues))
        let expected = zip(errors, Self.rlaxValues).map { column, values in
            zip(column + [0], values).map { $0 + Double($1) }
        }
        #expect(isClose(actual.values, timeMajor(expected)))
        #expect(isClose(actual.advantages, timeMajor(advantages.map { $0 + [0] })))
    }

    /// scalable_agent's inputs (`vtrace_test.py`): everything counts up.
    private func scalableAgent(columns B: Int) -> (values: [Float], advantages: [Float]) {
        let T = 5
        let counting = (0..<T * B).map(Float.init)
        let logRatios = counting.map { 5 * ($0 / Float(T * B) - 0.5) }
        let discounts = (0..<T * B).map { 0.9 / Float($0 % B + 1) }
        let values = counting.map { $0 / Float(B) } + (0..<B).map { Float($0) + 1 }
        return targets(
            T, B, Settings(discount: 0, rhoClip: 3.7, pgRhoClip: 2.2), logRatios: logRatios, rewards: counting,
            discounting: .each(lent(discounts)), values: values)
    }

    @Test func equalsScalableAgent() {
        let one = scalableAgent(columns: 1)
        #expect(isClose(one.values, [0.2001819, 2.7096824, 8.5136279, 11.9323966, 7.33, 1]))
        #expect(isClose(one.advantages, [0.2001819, 1.7096824, 6.5136279, 10.8766142, 1.98, 0]))
        let five = scalableAgent(columns: 5).values
        let column = stride(from: 0, to: 30, by: 5).map { five[$0] }
        #expect(isClose(column, [0.9298155, 12.58608, 53.2502314, 84.9970518, 66.53, 1]))
    }

    /// The paper's sum, for every kind of row at every place, clips and λ.
    @Test(arguments: 1...40)
    func equalsThePapersSum(seed: Int) {
        var random = TestNumbers(state: UInt64(seed))
        let (T, B) = (Int(random.next() % 12) + 1, Int(random.next() % 5) + 1)
        let settings = Settings(
            discount: random.float(0.5, 1), lambda: seed % 2 == 0 ? 1 : random.float(0, 1),
            rhoClip: random.float(0.8, 4), cClip: random.float(0.5, 2), pgRhoClip: random.float(0.5, 3))
        let logRatios = random.floats(T * B, -3, 3)
        let rewards = random.floats(T * B, -2, 2)
        let values = random.floats((T + 1) * B, -5, 5)
        var kinds: [StepKind] = []
        for i in 0..<T * B {
            let followsTruncation = i >= B && kinds[i - B] == .truncated
            let drawn = [StepKind.ordinary, .ordinary, .terminated, .truncated][Int(random.next() % 4)]
            // Row 0 may be the reset row of the unroll before.
            kinds.append(followsTruncation || (i < B && random.next() % 3 == 0) ? .reset : drawn)
        }
        let actual = targets(
            T, B, settings, logRatios: logRatios, rewards: rewards,
            discounting: .kinds(lent(kinds.map(\.rawValue)), discount: settings.discount), values: values)
        for b in 0..<B {
            let column = stride(from: b, to: T * B, by: B)
            let oracle = VTraceOracle(
                settings: settings, logRatios: column.map { logRatios[$0] }, rewards: column.map { rewards[$0] },
                discounts: column.map {
                    kinds[$0] == .reset ? nil : kinds[$0] == .terminated ? 0 : settings.discount
                },
                values: stride(from: b, to: (T + 1) * B, by: B).map { values[$0] })
            for t in 0...T {
                #expect(isClose(actual.values[t * B + b], oracle.valueTarget(t)), "v at \(t), \(b)")
                #expect(isClose(actual.advantages[t * B + b], oracle.advantage(t)), "A at \(t), \(b)")
            }
        }
    }

    @Test func aResetRowIsItsOwnTargetWhateverIsInIt() {
        let kinds: [StepKind] = [.ordinary, .truncated, .reset, .ordinary]
        let actual = targets(
            4, 1, Settings(discount: 0.5), logRatios: [0, 0, .nan, 0], rewards: [1, 1, .infinity, 1],
            discounting: .kinds(lent(kinds.map(\.rawValue)), discount: 0.5), values: [1, 2, 8, 4, 6])
        // On policy: v₃ = 1 + 3, v₂ = V, v₁ = 1 + ½·8, v₀ = 1 + ½·5
        #expect(actual.values == [3.5, 5, 8, 4, 6])
        #expect(actual.advantages == [2.5, 3, 0, 0, 0])
    }

    /// Its final observation's value doesn't count.
    @Test func aTerminationMayBeFollowedByAResetRow() {
        let kinds: [StepKind] = [.ordinary, .terminated, .reset, .ordinary]
        let actual = targets(
            4, 1, Settings(discount: 0.5), logRatios: [0, 0, .nan, 0], rewards: [1, 1, .infinity, 1],
            discounting: .kinds(lent(kinds.map(\.rawValue)), discount: 0.5), values: [1, 2, 8, 4, 6])
        // On policy: v₃ = 1 + 3, v₂ = V, v₁ = 1, v₀ = 1 + ½·1
        #expect(actual.values == [1.5, 1, 8, 4, 6])
        #expect(actual.advantages == [0.5, -1, 0, 0, 0])
    }

    @Test func hugeRatiosAreClippedAndNaNShows() {
        let kinds = lent([StepKind.ordinary.rawValue, StepKind.ordinary.rawValue])
        let actual = targets(
            2, 1, Settings(discount: 1), logRatios: [1000, -1000], rewards: [1, 1],
            discounting: .kinds(kinds, discount: 1), values: [0, 0, 0])
        #expect(actual.values == [1, 0, 0])
        let broken = targets(
            2, 1, Settings(discount: 1), logRatios: [0, .nan], rewards: [1, 1],
            discounting: .kinds(kinds, discount: 1), values: [0, 0, 0])
        #expect(broken.values[0].isNaN && broken.advantages[1].isNaN)
    }
}
