import StarlingCompute
import StarlingThreads
import Testing

/// Building and differentiating, case by case.
@Suite struct GraphTests {
    /// Values of a small graph of parameters, and the gradients.
    private func run(_ graph: Graph, rows: [Rows: Int] = [:], _ values: [Float]) throws -> [Float] {
        let plan = try Plan(graph, rows: rows)
        let bank = ParameterBank(graph.layout)
        bank.withUnsafeMutableBufferPointer { for (index, value) in values.enumerated() { $0[index] = value } }
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        return plan.gradients { Array($0) }
    }

    @Test func aLossOfParametersAlone() throws {
        var g = Graph()
        let w = g.parameter("w", [3], .zeros)
        g.differentiate(g.sum(g.square(w), over: .features))
        #expect(try run(g, [1, -2, 3]).prefix(3) == [2, -4, 6])
    }

    @Test func aGradientThatIsAConstantIsCopied() throws {
        var g = Graph()
        let a = g.parameter("a", [3], .zeros)
        let b = g.parameter("b", [3], .zeros)
        g.differentiate(g.scale(g.add(g.sum(a, over: .features), g.sum(b, over: .features)), 1.5))
        let gradients = try run(g, [1, 2, 3])
        #expect(gradients == [1.5, 1.5, 1.5] + Array(repeating: 0, count: 13) + [1.5, 1.5, 1.5] + Array(repeating: 0, count: 13))
    }

    @Test func aGradientThatIsAParameterIsCopied() throws {
        var g = Graph()
        let a = g.parameter("a", [2], .zeros)
        let b = g.parameter("b", [2], .zeros)
        g.differentiate(g.sum(g.multiply(a, b), over: .features))
        var values = [Float](repeating: 0, count: 32)
        (values[0], values[1], values[16], values[17]) = (1, 2, 3, 4)
        let gradients = try run(g, values)
        #expect(gradients[0...1] == [3, 4] && gradients[16...17] == [1, 2])
    }

    @Test func oneGradientForTwoParameters() throws {
        var g = Graph()
        let a = g.parameter("a", [2], .zeros)
        let b = g.parameter("b", [2], .zeros)
        g.differentiate(g.sum(g.square(g.add(a, b)), over: .features))
        var values = [Float](repeating: 0, count: 32)
        (values[0], values[1], values[16], values[17]) = (1, 2, 3, 4)
        let gradients = try run(g, values)
        #expect(gradients[0...1] == [8, 12] && gradients[16...17] == [8, 12])
    }

    @Test("A loss follows parameters that are held without moving them: its derivative goes on to what they are given")
    func heldParameters() throws {
        var g = Graph()
        let a = g.parameter("a", [2], .zeros)
        let b = g.parameter("b", [2], .zeros)
        let held = g.holdingParameters { g in g.multiply(a, g.parameter("b", [2], .zeros)) }
        g.differentiate(g.sum(g.add(held, g.scale(b, 9)), over: .features))
        var values = [Float](repeating: 0, count: 32)
        (values[0], values[1], values[16], values[17]) = (1, 2, 3, 4)
        let gradients = try run(g, values)
        #expect(gradients[0...1] == [3, 4] && gradients[16...17] == [9, 9])
    }

    @Test func sharedWeightsAddUp() throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, 1), Float.self)
        let w = g.parameter("w", [1, 1], .zeros)
        let again = g.parameter("w", [1, 1], .zeros)
        #expect(w == again)
        g.differentiate(g.total(g.linear(g.linear(x.node, weight: w), weight: again)))
        let plan = try Plan(g, rows: [.samples: 3])
        plan.write(x) { for row in $0.indices { $0[row] = Float(row + 1) } }
        let bank = ParameterBank(g.layout)
        bank.withUnsafeMutableBufferPointer { $0[0] = 5 }
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        #expect(plan.gradients { $0[0] } == 60)  // d/dw Σ w²x = 2·5·6
    }

    @Test(arguments: [true, false])
    func aGateStopsTheDerivativeAndNothingElse(isOpen: Bool) throws {
        var g = Graph()
        let w = g.parameter("w", [2], .zeros)
        let y = g.output("y", g.gate(g.scale(w, 2), open: isOpen))
        g.differentiate(g.sum(g.add(g.square(y.node), w), over: .features))
        let plan = try Plan(g, rows: [:])
        let bank = ParameterBank(g.layout)
        bank.withUnsafeMutableBufferPointer { ($0[0], $0[1]) = (1, -3) }
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        #expect(plan.read(y) { Array($0) } == [2, -6])
        #expect(plan.gradients { Array($0.prefix(2)) } == (isOpen ? [9, -23] : [1, 1]))
    }

    /// A sum over rows that rows need again: one phase after the other, also across extents and threads.
    @Test(arguments: [1, 2]) func sumsOverRowsFeedRowsAgain(threads: Int) throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples), Float.self)
        let y = g.input("y", .perRow(.sequences), Float.self)
        let mean = g.scale(g.sum(x.node, over: .rows), 1 / 300)
        let centred = g.output("centred", g.subtract(y.node, g.repeatRows(mean, .sequences)))
        let spread = g.output("spread", g.sum(g.square(centred.node), over: .rows))
        let team = threads > 1 ? WorkerTeam(count: threads) : nil
        let plan = try Plan(g, rows: [.samples: 300, .sequences: 250], team: team)
        plan.write(x) { for row in $0.indices { $0[row] = Float(row % 3) } }
        plan.write(y) { for row in $0.indices { $0[row] = Float(row % 2) } }
        let bank = ParameterBank(g.layout)
        for _ in 0..<50 {
            plan.write(x) { $0[0] += 3 }
            plan.run(.forward, with: bank)
        }
        let centre = plan.read(centred) { Array($0) }
        #expect(abs(centre[0] + 1.5) < 1e-5 && abs(centre[1] + 0.5) < 1e-5)
        let total = plan.read(spread) { $0[0] }
        #expect(abs(total - 312.5) < 1e-2)  // 125·(1.5² + 0.5²)
    }

    @Test func aWeightThatIsComputedIsPackedInTime() throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, 2), Float.self)
        let w = g.parameter("w", [3, 2], .zeros)
        let y = g.output("y", g.linear(x.node, weight: g.scale(w, 2)))
        let plan = try Plan(g, rows: [.samples: 2])
        plan.write(x) { for (index, value) in [Float(1), 2, 3, 4].enumerated() { $0[index] = value } }
        let bank = ParameterBank(g.layout)
        bank.withUnsafeMutableBufferPointer { for index in 0..<6 { $0[index] = Float(index) } }
        plan.run(.forward, with: bank)
        #expect(plan.read(y) { Array($0) } == [4, 16, 28, 8, 36, 64])
    }

    @Test func lateInputsRunInTheirOwnStage() throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples), Float.self)
        let late = g.input("late", .perRow(.samples), Float.self, stage: .backward)
        let twice = g.output("twice", g.scale(x.node, 2))
        let sum = g.output("sum", g.add(twice.node, late.node))
        let plan = try Plan(g, rows: [.samples: 2])
        let bank = ParameterBank(g.layout)
        plan.write(x) { ($0[0], $0[1]) = (1, 2) }
        plan.run(.forward, with: bank)
        plan.read(twice) { values in
            plan.write(late) {
                $0[0] = values[0] * 10
                $0[1] = values[1] * 10
            }
        }
        plan.run(.backward, with: bank)
        #expect(plan.read(sum) { Array($0) } == [22, 44])
    }

    @Test func layoutIsAlignedInOrderOfDeclaration() {
        var g = Graph()
        _ = g.parameter("a", [3, 2], .constant(2))
        _ = g.parameter("b", [17], .uniform(bound: 0.5))
        _ = g.parameter("c", [40, 8], .orthogonal(gain: 2))
        let slots = g.layout.slots
        #expect(slots.map(\.offset) == [0, 16, 48] && slots.map(\.count) == [6, 17, 320] && g.layout.count == 368)
        let values = g.layout.initial(seed: 1)
        #expect(values == g.layout.initial(seed: 1) && values != g.layout.initial(seed: 2))
        #expect(values[0..<6].allSatisfy { $0 == 2 } && values[6..<16].allSatisfy { $0 == 0 })
        #expect(values[16..<33].allSatisfy { abs($0) < 0.5 } && Set(values[16..<33]).count == 17)
        for i in 0..<8 {
            for j in 0..<8 {
                let dot = (0..<40).reduce(Float(0)) { $0 + values[48 + $1 * 8 + i] * values[48 + $1 * 8 + j] }
                #expect(abs(dot - (i == j ? 4 : 0)) < 1e-5)
            }
        }
    }
}
