import FoundationEssentials
import StarlingCompute
import StarlingThreads
import Testing

/// Choices by timing: where they are made, that they are kept, and that bits follow from them alone.
@Suite struct TuningTests {
    /// A convolution and two products that are worth timing, and one that isn't.
    private static func graph() -> (graph: Graph, x: Port<Float>) {
        var g = Graph()
        let x = g.input("x", Shape(rows: .samples, dims: [8, 20, 20]), Float.self)
        func parameter(_ name: String, _ dims: [Int]) -> Node { g.parameter(name, dims, .uniform(bound: 0.1)) }
        let image = g.relu(g.convolution(x.node, weight: parameter("a", [32, 8, 4, 4]), stride: 2))
        let flat = g.relu(g.linear(g.reshape(image, [32 * 81]), weight: parameter("b", [64, 32 * 81])))
        let y = g.linear(flat, weight: parameter("c", [3, 64]))
        _ = g.output("y", y)
        g.differentiate(g.total(g.square(y)))
        return (g, x)
    }

    private static func run(_ plan: Plan) -> [Float] {
        let bank = ParameterBank(plan.layout, seed: 7)
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        return plan.gradients { Array($0) }
    }

    private static func plan(_ built: (graph: Graph, x: Port<Float>), _ tuning: Tuning, threads: Int = 1) throws -> Plan {
        let plan = try Plan(
            built.graph, rows: [.samples: 64], team: threads > 1 ? WorkerTeam(count: threads) : nil, tuning: tuning)
        plan.write(built.x) { for index in $0.indices { $0[index] = Float(index % 13) - 6 } }
        return plan
    }

    @Test(arguments: [1, 2]) func timingKnowsEveryLargeProductAndNoSmallOne(threads: Int) throws {
        let tuning = try Self.plan(Self.graph(), .timed, threads: threads).tuning
        #expect(tuning.device == CPUDevice().name)
        let convolution = try #require(tuning.choices.first { $0.key.hasPrefix("convolution 64×") })
        #expect(convolution.key.hasSuffix(threads == 1 ? ", 1 thread" : ", 2 threads"))
        #expect(convolution.value.microseconds.count == 2 && convolution.value.microseconds.values.allSatisfy { $0 > 0 })
        #expect(tuning.choices["product 64×2592→64, \(threads) thread\(threads == 1 ? "" : "s")"]?.microseconds.count == 3)
        #expect(!tuning.choices.keys.contains { $0.contains("64×64→3") || $0.hasPrefix("convolution's weight") })
    }

    @Test func whatIsKnownIsNotTimedAgain() throws {
        let graph = Self.graph()
        let first = try Self.plan(graph, .timed).tuning
        #expect(try Self.plan(graph, first).tuning == first)
    }

    @Test func theSameTuningReadAgainGivesTheSameBits() throws {
        let graph = Self.graph()
        // Every choice turned around, so that the table can't be what is run.
        var tuning = try Self.plan(graph, .timed).tuning
        for (key, choice) in tuning.choices {
            let others = choice.microseconds.keys.sorted().map { KernelName($0) }.filter { $0 != choice.kernel }
            tuning.choices[key] = Tuning.Choice(kernel: others[0], microseconds: choice.microseconds)
        }
        tuning.isTimed = false
        let plan = try Self.plan(graph, tuning)
        for choice in plan.choices {
            guard let expected = tuning.choices["\(choice.layer), 1 thread"] else { continue }
            #expect(choice.kernel == expected.kernel.description)
        }
        let read = try JSONDecoder().decode(Tuning.self, from: JSONEncoder().encode(tuning))
        #expect(read == tuning)
        let found = Self.run(plan)
        #expect(try Self.run(Self.plan(graph, read)) == found)
        #expect(try largestError(found, Self.run(Self.plan(graph, .fixed))) < 1e-4)
    }

    @Test func choicesOfAnotherDeviceAreForgotten() throws {
        let graph = Self.graph()
        var tuning = try Self.plan(graph, .timed).tuning
        tuning.device = "another"
        for key in tuning.choices.keys { tuning.choices[key] = Tuning.Choice(kernel: CPUKernel.unfolded.name, microseconds: [:]) }
        let again = try Self.plan(graph, tuning).tuning
        #expect(again.device == CPUDevice().name && again.choices.values.allSatisfy { !$0.microseconds.isEmpty })
    }

    @Test func theTableTimesNothing() throws {
        #expect(try Self.plan(Self.graph(), .fixed).tuning == .fixed)
    }
}
