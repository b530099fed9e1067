import StarlingCompute
import StarlingLatentPolicy

/// Where an acting plan's inputs and logits lie in memory. A plan on the CPU lays its buffers out once, so these hold as
/// long as it does.
struct ActingBuffers: BitwiseCopyable {
    /// Whose random numbers a sampled latent takes; each `[rows]`.
    struct Noise: BitwiseCopyable {
        let keys: UnsafeMutablePointer<UInt64>
        let steps: UnsafeMutablePointer<UInt64>
        let environments: UnsafeMutablePointer<UInt32>
    }

    let observations: UnsafeMutableRawPointer  // [rows, D]
    /// Only where the policy acts on a sampled latent.
    let noise: Noise?
    /// Valid after a run.
    let logits: UnsafePointer<Float>  // [rows, A]

    init(_ plan: Plan, _ ports: ActingGraph) {
        var base: UnsafeMutableRawPointer?
        plan.writeBytes(ports.observation) { base = $0.baseAddress }
        observations = base!
        noise = ports.noise.map { noise in
            Noise(
                keys: plan.write(noise.key) { $0.baseAddress! }, steps: plan.write(noise.step) { $0.baseAddress! },
                environments: plan.write(noise.environment) { $0.baseAddress! })
        }
        logits = plan.read(ports.logits) { $0.baseAddress! }
    }
}
