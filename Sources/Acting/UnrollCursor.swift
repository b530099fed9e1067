import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy

/// A group and the unroll it fills, as pointers to the row that is next: plain bytes, so that a step counts no
/// references. The rollout that makes it keeps group and block alive.
struct UnrollCursor: BitwiseCopyable {
    private let group: Unmanaged<RolloutGroup>
    private let firstEnvironment: UInt32
    private let width: Int
    private let sampler: ActionSampler
    private let observationRowByteCount: Int

    /// Absolute step of the row.
    private var step: UInt64
    private var observations: UnsafeMutableRawPointer  // [E, D]
    private var actions: UnsafeMutableRawPointer  // [E] or [E, K]
    private var rewards: UnsafeMutablePointer<Float>  // [E]
    private var logProbabilities: UnsafeMutablePointer<Float>  // [E]
    private var logits: UnsafeMutablePointer<Float>  // [E, A]
    private var kinds: UnsafeMutablePointer<UInt8>  // [E]

    /// Begins at row 0, with the observations that the group's last unroll ended with.
    init(_ group: RolloutGroup, _ view: MutableUnrollView, _ sampler: ActionSampler) {
        self.group = .passUnretained(group)
        firstEnvironment = UInt32(group.firstEnvironment)
        width = view.layout.environmentCount
        self.sampler = sampler
        observationRowByteCount = view.layout.observationRowByteCount
        step = group.step
        observations = view.observations(at: 0).baseAddress!
        actions = view.base + view.layout.actionOffset
        rewards = view.rewards(at: 0).baseAddress!
        logProbabilities = view.behaviorLogProbabilities(at: 0).baseAddress!
        logits = view.behaviorLogits(at: 0).baseAddress!
        kinds = view.kinds(at: 0).baseAddress!
        observations.copyMemory(from: group.observations.baseAddress!, byteCount: observationRowByteCount)
    }

    /// Writes the row's observations, and its step where the latent has noise, as rows `index · E` and up of the plan's.
    func write(to buffers: ActingBuffers, group index: Int) {
        (buffers.observations + index * observationRowByteCount)
            .copyMemory(from: observations, byteCount: observationRowByteCount)
        if let noise = buffers.noise { (noise.steps + index * width).update(repeating: step, count: width) }
    }

    /// Writes what stays the same over an unroll: whose noise it is.
    func writeNoiseNames(to noise: ActingBuffers.Noise, group index: Int, key: UInt64) {
        for row in 0 ..< width {
            noise.keys[index * width + row] = key
            noise.environments[index * width + row] = firstEnvironment + UInt32(row)
        }
    }

    /// Draws actions from the plan's logits, steps the environments and goes on to the next row.
    mutating func act(on planLogits: UnsafePointer<Float>, group index: Int, key: UInt64) {
        let own = planLogits + index * width * sampler.parameterCount
        logits.update(from: own, count: width * sampler.parameterCount)
        let played = sampler.draw(
            own, rows: width, key: key, step: step, firstEnvironment: firstEnvironment, actions: actions,
            logProbabilities: logProbabilities)
        let next = observations + observationRowByteCount
        group._withUnsafeGuaranteedRef {
            $0.environments.step(
                actions: played, into: UnsafeMutableRawBufferPointer(start: next, count: observationRowByteCount),
                rewards: UnsafeMutableBufferPointer(start: rewards, count: width),
                kinds: UnsafeMutableBufferPointer(start: kinds, count: width))
        }
        step &+= 1
        observations = next
        actions += width * sampler.byteCount
        rewards += width
        logProbabilities += width
        logits += width * sampler.parameterCount
        kinds += width
    }
}
