import CStarlingKernels
import StarlingExperience
import StarlingLatentPolicy

/// Turns what describes π(·|z) into actions: what an unroll keeps, and what environments are given. They are the same for
/// discrete actions; continuous ones are kept as drawn and given within the environment's bounds.
///
/// Plain bytes, so that a step counts no references; whoever steps keeps the `ActionMemory` alive.
struct ActionSampler: BitwiseCopyable {
    fileprivate struct Bounds: BitwiseCopyable {
        let squash: starling_squash
        let low: UnsafePointer<Float>  // [K]
        let high: UnsafePointer<Float>  // [K]
        /// What environments are given.
        let actions: UnsafeMutablePointer<Float>  // [rows, K]
    }

    /// Width `A` of the policy head.
    let parameterCount: Int
    /// Numbers of one action.
    let width: Int
    /// nil for discrete actions.
    fileprivate let bounds: Bounds?

    /// Bytes of one action.
    var byteCount: Int { width * 4 }

    /// Draws an action per row.
    /// - Parameters:
    ///   - parameters: `[rows, A]`.
    ///   - actions: `[rows]` Int32 or `[rows, K]` Float, as an unroll holds them.
    ///   - logProbabilities: `[rows]`, log μ(a).
    /// - Returns: what the environments are given, of the same shape as `actions`; valid until the next call.
    func draw(
        _ parameters: UnsafePointer<Float>, rows: Int, key: UInt64, step: UInt64, firstEnvironment: UInt32,
        actions: UnsafeMutableRawPointer, logProbabilities: UnsafeMutablePointer<Float>
    ) -> UnsafeRawBufferPointer {
        guard let bounds else {
            starling_categorical(
                parameters, Int32(rows), Int32(parameterCount), key, step, firstEnvironment, Draw.action,
                actions.assumingMemoryBound(to: Int32.self), logProbabilities)
            return UnsafeRawBufferPointer(start: actions, count: rows * byteCount)
        }
        let samples = actions.assumingMemoryBound(to: Float.self)
        starling_diagonal_gaussian(
            parameters, Int32(rows), Int32(width), bounds.squash, key, step, firstEnvironment, Draw.action, samples,
            logProbabilities)
        starling_squash_actions(
            samples, Int32(width), Int32(rows), Int32(width), bounds.squash, bounds.low, bounds.high, bounds.actions)
        return UnsafeRawBufferPointer(start: bounds.actions, count: rows * byteCount)
    }

    /// Writes the greedy action of each row for the environments: the likeliest one, or the mean within the bounds.
    func choose(_ parameters: UnsafePointer<Float>, rows: Int, into actions: UnsafeMutableRawPointer) {
        guard let bounds else {
            return starling_argmax(
                parameters, Int32(rows), Int32(parameterCount), actions.assumingMemoryBound(to: Int32.self))
        }
        starling_squash_actions(
            parameters, Int32(parameterCount), Int32(rows), Int32(width), bounds.squash, bounds.low, bounds.high,
            actions.assumingMemoryBound(to: Float.self))
    }
}

/// The bounds of an environment's actions, room for the actions of some rows, and the sampler that works in it.
final class ActionMemory {
    let sampler: ActionSampler
    private let storage: UnsafeMutablePointer<Float>

    init(_ policy: LatentPolicy, rows: Int) {
        let action = policy.environment.action
        switch action {
        case .discrete:
            storage = .allocate(capacity: 0)
            sampler = ActionSampler(parameterCount: action.parameterCount, width: action.width, bounds: nil)
        case .continuous(let low, let high):
            let count = (2 + rows) * low.count
            storage = .allocate(capacity: count)
            storage.initialize(repeating: 0, count: count)
            storage.update(from: low, count: low.count)
            (storage + low.count).update(from: high, count: low.count)
            sampler = ActionSampler(
                parameterCount: action.parameterCount, width: action.width,
                bounds: .init(
                    squash: policy.model.actionDistribution.squash, low: storage, high: storage + low.count,
                    actions: storage + 2 * low.count))
        }
    }

    deinit { storage.deallocate() }
}
