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

    /// The recurrent states of the rows, before a step and after it; each `[rows, S]`.
    struct Core: BitwiseCopyable {
        let before: UnsafeMutablePointer<Float>
        let after: UnsafePointer<Float>
    }

    let observations: UnsafeMutableRawPointer  // [rows, F, D], as stacks of frames
    /// Only where the policy acts on a sampled latent.
    let noise: Noise?
    /// Only where the policy has a recurrent core.
    let core: Core?
    /// Only where environments tell which actions may be taken.
    let masks: UnsafeMutablePointer<UInt8>?  // [rows, A]
    /// What the policy head gives, or what plans make of it. Valid after a run.
    let logits: UnsafePointer<Float>  // [rows, A]

    /// - Parameter improved: what plans make of the logits; nil where there are none.
    init(_ plan: Plan, _ ports: ActingGraph, improved: UnsafePointer<Float>?) {
        var base: UnsafeMutableRawPointer?
        plan.writeBytes(ports.observation) { base = $0.baseAddress }
        observations = base!
        noise = ports.noise.map { noise in
            Noise(
                keys: plan.write(noise.key) { $0.baseAddress! }, steps: plan.write(noise.step) { $0.baseAddress! },
                environments: plan.write(noise.environment) { $0.baseAddress! })
        }
        core = ports.core.map { core in
            // Whoever carries the states zeroes them where an episode ends.
            plan.write(core.ports.reset) { $0.update(repeating: 0) }
            return Core(
                before: plan.write(core.ports.initial) { $0.baseAddress! }, after: plan.read(core.states) { $0.baseAddress! })
        }
        masks = ports.mask.map { plan.write($0.port) { $0.baseAddress! } }
        logits = improved ?? plan.read(ports.logits) { $0.baseAddress! }
    }
}
