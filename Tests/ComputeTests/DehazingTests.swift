import StarlingCompute
import Testing

/// Haze and images by numbers worked out by hand.
@Suite struct DehazingTests {
    /// What a graph makes of a row.
    private func made(_ inputs: [[Float]], _ make: (inout Graph, [Node]) -> Node) throws -> [Float] {
        var g = Graph()
        let ports = inputs.enumerated().map { g.input("input \($0.offset)", .perRow(.samples, $0.element.count), Float.self) }
        let output = g.output("made", make(&g, ports.map(\.node)))
        let plan = try Plan(g, rows: [.samples: 1])
        for (port, values) in zip(ports, inputs) { plan.write(port) { for index in $0.indices { $0[index] = values[index] } } }
        plan.run(.forward, with: ParameterBank(g.layout))
        return plan.read(output) { Array($0) }
    }

    /// Two pixels of one channel under A = 1 and two of another under 0.5: (I − A)/max(t, 0.1) + A within 0…1.
    @Test func whatIsClearedIsTheModelOfScattering() throws {
        let clear = try made([[0.9, 0.95, 0.3, 0.46], [0.5, 0.05], [1, 0.5]]) { g, inputs in
            g.dehazed(inputs[0], transmission: inputs[1], airlight: inputs[2])
        }
        #expect(largestError(clear, [0.8, 0.5, 0.1, 0.1]) < 1e-5)
        let dark = try made([[0.2], [0.05], [1]]) { g, inputs in g.dehazed(inputs[0], transmission: inputs[1], airlight: inputs[2]) }
        #expect(dark == [0])
    }

    /// As PyTorch's `interpolate([[0, 1], [2, 3]], scale_factor=2, mode="bilinear", align_corners=False)`.
    @Test func whatIsEnlargedLiesOnStraightLines() throws {
        let large = try made([[0, 1, 2, 3]]) { g, inputs in g.enlarged(inputs[0], side: 2, by: 2) }
        let expected: [Float] = [0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3]
        #expect(largestError(large, expected) < 1e-6)
    }
}
