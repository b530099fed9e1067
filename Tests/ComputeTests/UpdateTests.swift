import StarlingCompute
import StarlingThreads
import Testing

/// The device's updates against the equations, for any team and over parts of the parameters.
@Suite struct UpdateTests {
    static let rules: [UpdateRule] = [
        .adam(beta1: 0.9, beta2: 0.99, epsilon: 1e-6), .adam(beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1),
        .rmsProp(decay: 0.95, epsilon: 1e-3), .momentum(decay: 0.9),
    ]
    private static let count = (1 << 16) + 16 * 5
    private static let ranges = [16..<(1 << 16) + 16, (1 << 16) + 48..<count]

    /// Parameters, then the rule's state, after three steps.
    private func run(_ device: any Device, _ rule: UpdateRule, _ team: WorkerTeam? = nil) -> [[Float]] {
        let banks = (0...rule.stateNames.count).map { _ in ParameterBank(count: Self.count) }
        banks[0].withUnsafeMutableBufferPointer { for index in $0.indices { $0[index] = Float(index % 37) / 18 - 1 } }
        let gradients = (0..<Self.count).map { Float($0 % 1013) / 500 - 1 }
        for number in 1...3 {
            gradients.withUnsafeBufferPointer {
                device.apply(
                    UpdateStep(rule, rate: 1e-2, scale: 0.5, number: UInt64(number)), to: banks[0], gradients: $0,
                    state: Array(banks.dropFirst()), over: Self.ranges, team: team)
            }
        }
        return banks.map { $0.withUnsafeBufferPointer { Array($0) } }
    }

    @Test(arguments: rules) func followTheEquations(rule: UpdateRule) {
        let (found, expected) = (run(CPUDevice(), rule), run(ReferenceDevice(), rule))
        for (found, expected) in zip(found, expected) { #expect(largestError(found, expected) < 1e-5) }
        // What is outside of the ranges stays, and so does its state.
        for outside in [0, 15, (1 << 16) + 16, (1 << 16) + 47] {
            #expect(found[0][outside] == Float(outside % 37) / 18 - 1)
            #expect(found.dropFirst().allSatisfy { $0[outside] == 0 })
        }
        #expect(found[0][16] != Float(16 % 37) / 18 - 1)
    }

    @Test(arguments: rules) func areTheSameForAnyTeam(rule: UpdateRule) {
        let alone = run(CPUDevice(), rule)
        #expect(run(CPUDevice(), rule, WorkerTeam(count: 2)) == alone && run(CPUDevice(), rule, WorkerTeam(count: 3)) == alone)
    }

    @Test(arguments: [0.05, 1] as [Float]) func targetsFollow(share: Float) {
        func run(_ device: any Device) -> [Float] {
            let (source, target) = (ParameterBank(count: Self.count), ParameterBank(count: Self.count))
            source.withUnsafeMutableBufferPointer { for index in $0.indices { $0[index] = Float(index % 101) } }
            device.average(source, into: target, share: share, over: Self.ranges)
            return target.withUnsafeBufferPointer { Array($0) }
        }
        let found = run(CPUDevice())
        #expect(largestError(found, run(ReferenceDevice())) < 1e-5)
        #expect(found[0] == 0 && abs(found[50] - 50 * share) < 1e-5)
    }

    @Test func normsAreOfTheirRanges() {
        let gradients = (0..<Self.count).map { Float($0 % 7) }
        gradients.withUnsafeBufferPointer {
            let found = CPUDevice().squaredNorm($0, over: Self.ranges)
            #expect(found == ReferenceDevice().squaredNorm($0, over: Self.ranges) && found > 0)
            #expect(found < CPUDevice().squaredNorm($0, over: [0..<Self.count]))
        }
    }
}

/// Several losses, groups, stages and banks in one graph.
@Suite struct GroupTests {
    /// l₁ = Σ(a·x − t)², l₂ = Σ(b·a·x): a is of group one, b of group two, and t comes after l₂'s inputs.
    private struct Two {
        var graph = Graph()
        let x: Port<Float>
        let t: Port<Float>
        let first: Gradients
        let second: Gradients
        let firstByTwo: Gradients

        init() {
            var g = Graph()
            x = g.input("x", .perRow(.samples), Float.self)
            t = g.input("t", .perRow(.samples), Float.self, stage: Stage(rawValue: 2))
            let a = g.parameter("one.a", [], .constant(3))
            let b = g.parameter("two.b", [], .constant(5))
            let ax = g.multiply(x.node, scalar: a)
            let loss1 = g.sum(g.square(g.subtract(ax, t.node)), over: .rows)
            let loss2 = g.sum(g.multiply(ax, scalar: b), over: .rows)
            let (one, two) = (ParameterGroup("one", modules: ["one"]), ParameterGroup("two", modules: ["two"]))
            first = g.differentiate(loss1, by: one)
            second = g.differentiate(loss2, by: two)
            firstByTwo = g.differentiate(loss1, by: two)
            graph = g
        }
    }

    @Test(arguments: [CPUDevice() as any Device, ReferenceDevice()])
    func everyLossHasItsOwnGradients(device: any Device) throws {
        let two = Two()
        #expect(two.graph.stageCount == 3)
        let plan = try Plan(two.graph, rows: [.samples: 2], device: device)
        let bank = ParameterBank(two.graph.layout, seed: 1)
        plan.write(two.x) {
            $0[0] = 1; $0[1] = 2
        }
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        let (a, b) = (plan.layout.slots[0].offset, plan.layout.slots[1].offset)
        // dl₂/db = Σ a·x = 9, and nothing by a, which is of the other group.
        #expect(plan.read(two.second) { [$0[a], $0[b]] } == [0, 9])
        plan.write(two.t) {
            $0[0] = 1; $0[1] = 1
        }
        plan.run(Stage(rawValue: 2), with: bank)
        // dl₁/da = Σ 2(a·x − t)·x = 2·2·1 + 2·5·2 = 24.
        #expect(plan.read(two.first) { [$0[a], $0[b]] } == [24, 0])
        #expect(two.first.reached == [true, false] && two.second.reached == [false, true])
        #expect(two.firstByTwo.reached == [false, false])
    }

    @Test(arguments: [CPUDevice() as any Device, ReferenceDevice()])
    func theTargetBankIsReadBesideTheOnlineOne(device: any Device) throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, 3), Float.self)
        func layer(_ g: inout Graph) -> Node {
            g.linear(x.node, weight: g.parameter("w", [20, 3], .uniform(bound: 1)), bias: g.parameter("b", [20], .constant(1)))
        }
        let online = layer(&g)
        let target = g.reading(from: .target) { layer(&$0) }
        let loss = g.sum(g.sum(g.square(g.subtract(online, target)), over: .features), over: .rows)
        let (p, q) = (g.output("online", online), g.output("target", target))
        let gradients = g.differentiate(loss)
        let plan = try Plan(g, rows: [.samples: 5], device: device)
        #expect(plan.layout.slots.count == 2)
        plan.write(x) { for index in $0.indices { $0[index] = Float(index) / 7 - 1 } }
        let (one, two) = (ParameterBank(plan.layout, seed: 1), ParameterBank(plan.layout, seed: 2))
        func run(_ banks: ParameterBanks) -> [[Float]] {
            plan.run(.forward, with: banks)
            plan.run(.backward, with: banks)
            return [plan.read(p) { Array($0) }, plan.read(q) { Array($0) }, plan.read(gradients) { Array($0) }]
        }
        let found = run(ParameterBanks(one, target: two))
        let turned = run(ParameterBanks(two, target: one))
        #expect(found[0] == turned[1] && found[1] == turned[0] && found[0] != found[1])
        // The loss is as large either way, and its derivative by the online parameters the other way around.
        #expect(largestError(found[2], turned[2].map { -$0 }) < 1e-5 && found[2].contains { $0 != 0 })
        // A bank that changed is packed anew.
        two.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        #expect(run(ParameterBanks(one, target: two))[1].allSatisfy { $0 == 0 })
    }
}
