import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// Latents of three categorical variables of four classes.
@Suite struct CategoricalTests {
    private static let policy = LatentPolicy(
        model: ModelSpec(
            encoder: .dense([8]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 12,
            likelihood: .normal(variance: 1.0), representation: .vaePredict, observationScale: [], latentClasses: 4),
        environment: EnvironmentSpec(name: "five", observation: ObservationSpec(shape: [5]), action: .discrete(2)))
    private static let rows = 4000

    /// The sample of q(z|o), its probabilities, and how the logits' weights move Σ w·z of a row's sample and of its probabilities.
    private struct Drawn {
        let codes: [Float]
        let probabilities: [Float]
        let divergences: [Float]
        let gradients: [[Float]]
    }

    private func draw() throws -> Drawn {
        let policy = Self.policy
        func plan(_ body: (inout Graph, Node, Posterior, NoisePorts) -> [Node]) throws -> ([Port<Float>], ObservationPort, NoisePorts, Plan)
        {
            var g = policy.makeGraph()
            let (port, x) = policy.observation(&g, .unroll)
            let noise = NoisePorts(&g, .unroll)
            let outputs = body(&g, x, policy.encode(&g, x), noise).enumerated().map { g.output("\($0)", $1) }
            return (outputs, port, noise, try Plan(g, rows: [.unroll: Self.rows], .cpu()))
        }
        func weighted(_ g: inout Graph, _ z: Node) -> Node {
            g.total(g.sum(g.scaleFeatures(z, by: (0..<12).map { Float($0 * $0 % 7) }), over: .features))
        }
        func run(_ body: (inout Graph, Node, Posterior, NoisePorts) -> [Node]) throws -> ([[Float]], [Float]) {
            let (outputs, port, noise, plan) = try plan(body)
            let bank = ParameterBank(plan.layout)
            bank.withUnsafeMutableBufferPointer { values in
                for index in values.indices { values[index] = Float(Int(Seed.mix(5, UInt64(index)) % 2001) - 1000) / 800 }
            }
            guard case .float32(let observation) = port else { fatalError("bytes") }
            // Rows that only noise tells apart.
            plan.write(observation) { for index in $0.indices { $0[index] = Float(index % 5) / 3 - 0.5 } }
            plan.write(noise.key) { $0.update(repeating: 77) }
            plan.write(noise.step) { for row in $0.indices { $0[row] = UInt64(row) } }
            plan.write(noise.environment) { $0.update(repeating: 0) }
            plan.run(.forward, with: bank)
            plan.run(.backward, with: bank)
            let slot = try #require(plan.layout.slot(named: "encoder.logits.weight"))
            let gradient = plan.gradients { Array($0[slot.offset..<slot.offset + slot.count]) }
            return (outputs.map { plan.read($0) { Array($0) } }, gradient)
        }
        let sampled = try run { g, x, posterior, noise in
            let z = policy.sample(&g, posterior, noise)
            g.differentiate(weighted(&g, z))
            return [z, posterior.mean, policy.elbo(&g, x, posterior, latent: z)!.divergence]
        }
        let mean = try run { g, _, posterior, _ in
            g.differentiate(weighted(&g, posterior.mean))
            return []
        }
        return Drawn(
            codes: sampled.0[0], probabilities: sampled.0[1], divergences: sampled.0[2], gradients: [sampled.1, mean.1])
    }

    @Test func aSampleIsACodeDrawnByTheProbabilities() throws {
        let drawn = try draw()
        var counts = [Float](repeating: 0, count: 12)
        for row in 0..<Self.rows {
            for variable in 0..<3 {
                let code = drawn.codes[row * 12 + variable * 4..<row * 12 + variable * 4 + 4]
                #expect(code.count { abs($0 - 1) < 1e-6 } == 1 && code.count { abs($0) < 1e-6 } == 3)
                for index in 0..<4 { counts[variable * 4 + index] += code[code.startIndex + index] }
            }
        }
        for index in 0..<12 {
            let p = drawn.probabilities[index]
            // Four standard deviations.
            #expect(abs(counts[index] / Float(Self.rows) - p) < 4 * (p * (1 - p) / Float(Self.rows)).squareRoot(), "class \(index)")
        }
        #expect(Set(drawn.probabilities.prefix(12)).count > 6, "all classes are alike: nothing is tested")
    }

    @Test func classesAreProbabilitiesAndNoneIsImpossible() throws {
        let probabilities = try draw().probabilities.prefix(12)
        for variable in 0..<3 {
            let p = probabilities[variable * 4..<variable * 4 + 4]
            #expect(abs(p.reduce(0, +) - 1) < 1e-5 && p.allSatisfy { $0 >= 0.0025 })
        }
    }

    @Test func theDivergenceIsFromEvenClasses() throws {
        let drawn = try draw()
        let expected = drawn.probabilities.prefix(12).reduce(Float(0)) { $0 + $1 * logf($1 * 4) }
        #expect(abs(drawn.divergences[0] - expected) < 1e-4)
    }

    @Test func derivativesPassACodeAsIfItWereItsProbabilities() throws {
        let gradients = try draw().gradients
        #expect(gradients[1].contains { abs($0) > 1e-3 })
        #expect(zip(gradients[0], gradients[1]).allSatisfy { abs($0 - $1) < 1e-3 * max(1, abs($1)) })
    }

    @Test func aModelOfActionsTellsProbabilities() throws {
        let dynamics = LatentDynamics(Self.policy, ModelSpec.Dynamics(hidden: [6], outcomes: 2))
        var g = Self.policy.makeGraph()
        dynamics.declare(&g)
        let state = g.input("state", .perRow(.unroll, 12), Float.self)
        let action = g.input("action", .perRow(.unroll, 2), Float.self)
        let outcomes = dynamics.step(&g, state.node, action.node)
        let ports = outcomes.each.enumerated().map { g.output("latent.\($0)", $1.latent) }
        let plan = try Plan(g, rows: [.unroll: 3], .cpu())
        let bank = ParameterBank(plan.layout)
        bank.withUnsafeMutableBufferPointer { values in
            for index in values.indices { values[index] = Float(Int(Seed.mix(6, UInt64(index)) % 2001) - 1000) / 500 }
        }
        plan.write(state) { for index in $0.indices { $0[index] = index % 4 == 1 ? 1 : 0 } }
        plan.write(action) { for index in $0.indices { $0[index] = index % 2 == 0 ? 1 : 0 } }
        plan.run(.forward, with: bank)
        for port in ports {
            plan.read(port) { latents in
                for first in stride(from: 0, to: latents.count, by: 4) {
                    #expect(abs(latents[first..<first + 4].reduce(0, +) - 1) < 1e-5)
                }
            }
        }
    }
}
