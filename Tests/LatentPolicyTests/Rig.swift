import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLearning
import StarlingSafetensors
import Testing

func environment(_ shape: [Int], _ scalar: ObservationSpec.Scalar = .uint8, actions: Int = 2) -> EnvironmentSpec {
    EnvironmentSpec(
        name: "pictures", observation: ObservationSpec(shape: shape, scalar: scalar), action: .discrete(actions))
}

/// The parameters of a layout from arrays by name, as a checkpoint's.
func bank(_ layout: ParameterLayout, _ arrays: [NamedArray]) throws -> ParameterBank {
    let snapshot = try ParameterSnapshot(arrays, version: ParameterVersion(generation: 1, update: 0), layout: layout)
    let bank = ParameterBank(layout)
    snapshot.bytes.withUnsafeBytes { bank.copy(from: $0) }
    return bank
}

/// Largest |a − b| relative to max(1, |b|).
func distance(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { abs($0 - $1) / max(1, abs($1)) }.reduce(0) { $0 >= $1 ? $0 : $1.isNaN ? .infinity : $1 }
}

/// A latent policy with everything it computes: z is the mean, and the loss Σ over rows of reconstruction + 0.3·KL.
struct Rig {
    let plan: Plan
    let outputs: [String: Port<Float>]
    let port: ObservationPort
    let layout: ParameterLayout

    init(_ policy: LatentPolicy, rows: Int, differentiated: Bool = false) throws {
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        let posterior = policy.encode(&g, x)
        let z = posterior.mean
        var outputs = ["mean": g.output("mean", z), "logits": g.output("logits", policy.logits(&g, z))]
        outputs["value"] = g.output("value", policy.value(&g, z))
        if let logVariance = posterior.logVariance { outputs["logVariance"] = g.output("logVariance", logVariance) }
        if let decoded = policy.decode(&g, z) { outputs["decoded"] = g.output("decoded", decoded) }
        if let terms = policy.elbo(&g, x, posterior, latent: z) {
            outputs["reconstruction"] = g.output("reconstruction", terms.reconstruction)
            outputs["divergence"] = g.output("divergence", terms.divergence)
            if differentiated {
                g.differentiate(g.total(g.add(terms.reconstruction, g.scale(terms.divergence, 0.3))))
            }
        }
        layout = g.layout
        plan = try Plan(g, rows: [.unroll: rows], .cpu())
        self.port = port
        self.outputs = outputs
    }

    func run(_ observations: [UInt8], _ bank: ParameterBank) {
        plan.writeBytes(port) { $0.copyBytes(from: observations) }
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
    }

    func read(_ name: String) throws -> [Float] { plan.read(try #require(outputs[name])) { Array($0) } }
}
