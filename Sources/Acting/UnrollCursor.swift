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
    private let stack: FrameStack
    /// Numbers of a recurrent state.
    private let stateCount: Int
    /// Logits of a row that travel.
    private let logitCount: Int
    private let states: UnsafeMutablePointer<Float>?  // [E, S], the group's
    /// Numbers of a row's masks; 0 where there are none.
    private let maskCount: Int
    /// Costs of a row; 0 where there are none.
    private let costCount: Int

    /// Number of the row within the unroll.
    private var row = 0
    /// Absolute step of the row.
    private var step: UInt64
    private var observations: UnsafeMutableRawPointer  // [E, D]
    private var actions: UnsafeMutableRawPointer  // [E], [E, P] or [E, K]
    private var rewards: UnsafeMutablePointer<Float>  // [E]
    private var logProbabilities: UnsafeMutablePointer<Float>  // [E]
    private var logits: UnsafeMutablePointer<Float>  // [E, A]
    private var kinds: UnsafeMutablePointer<UInt8>  // [E]
    private var costs: UnsafeMutablePointer<Float>  // [E]
    private var masks: UnsafeMutablePointer<UInt8>  // [E, A]

    /// Begins at row 0, with the frames and states that the group's last unroll ended with.
    init(_ group: RolloutGroup, _ view: MutableUnrollView, _ sampler: ActionSampler) {
        self.group = .passUnretained(group)
        firstEnvironment = UInt32(group.firstEnvironment)
        width = view.layout.environmentCount
        self.sampler = sampler
        observationRowByteCount = view.layout.observationRowByteCount
        stack = view.reading.stack
        stateCount = view.layout.coreStateCount
        logitCount = width * view.layout.logitCount
        states = group.coreStates.baseAddress
        maskCount = width * view.layout.actionMaskWidth
        costCount = width * view.layout.costWidth
        step = group.step
        observations = view.observations(at: 0).baseAddress!
        actions = view.base + view.layout.actionOffset
        rewards = view.rewards(at: 0).baseAddress!
        logProbabilities = view.behaviorLogProbabilities(at: 0).baseAddress!
        logits = view.behaviorLogits(at: 0).baseAddress!
        kinds = view.kinds(at: 0).baseAddress!
        costs = view.costs(at: 0).baseAddress!
        masks = view.actionMasks(at: 0).baseAddress!
        masks.update(from: group.openingMasks.baseAddress!, count: maskCount)
        // A stack looks whether the row to come is known to be a reset; what an earlier unroll left must not say so.
        kinds.update(repeating: StepKind.ordinary.rawValue, count: view.layout.stepCount)
        view.opening.copyMemory(from: UnsafeRawBufferPointer(group.opening))
        _ = view.coreStates.update(fromContentsOf: group.coreStates)
    }

    /// Writes the row's stacked observations, its recurrent states, and its step where the latent has noise, as rows
    /// `index · E` and up of the plan's.
    func write(to buffers: ActingBuffers, group index: Int) {
        stack.copy(row: row, to: buffers.observations + index * stack.rowByteCount)
        if let core = buffers.core, let states {
            let count = width * stateCount
            (core.before + index * count).update(from: states, count: count)
        }
        if let target = buffers.masks { (target + index * maskCount).update(from: masks, count: maskCount) }
        if let noise = buffers.noise { (noise.steps + index * width).update(repeating: step, count: width) }
    }

    /// Writes what stays the same over an unroll: whose noise it is.
    func writeNoiseNames(to noise: ActingBuffers.Noise, group index: Int, key: UInt64) {
        for row in 0..<width {
            noise.keys[index * width + row] = key
            noise.environments[index * width + row] = firstEnvironment + UInt32(row)
        }
    }

    /// Takes over the states after the row, zero where it was its episode's last. The row's kinds must be known. (Where a terminated
    /// episode's final observation has a row of its own, that one begins with zero too: nothing of it counts.)
    private func carry(_ core: ActingBuffers.Core, group index: Int) {
        guard let states else { return }
        let count = width * stateCount
        states.update(from: core.after + index * count, count: count)
        forgetEnded()
    }

    private func forgetEnded() {
        guard let states else { return }
        for environment in 0..<width where StepKind.isLast(kinds[environment]) {
            (states + environment * stateCount).update(repeating: 0, count: stateCount)
        }
    }

    /// Chooses actions by the plan's logits, steps the environments and goes on to the next row.
    mutating func act(on buffers: ActingBuffers, group index: Int, key: UInt64) throws {
        let played = choose(on: buffers, group: index, key: key)
        let (next, rewards, kinds) = rowToBe
        try group._withUnsafeGuaranteedRef { try $0.environments.step(actions: played, into: next, rewards: rewards, kinds: kinds) }
        writeCosts()
        try writeNextMasks()
        advance(on: buffers, group: index)
    }

    /// The same in two: has environments that are stepped elsewhere begin.
    mutating func begin(on buffers: ActingBuffers, group index: Int, key: UInt64) throws {
        let played = choose(on: buffers, group: index, key: key)
        if let core = buffers.core, let states { states.update(from: core.after + index * width * stateCount, count: width * stateCount) }
        try group._withUnsafeGuaranteedRef { try $0.concurrent!.begin(actions: played) }
    }

    /// Waits for them and goes on to the next row.
    mutating func finish() throws {
        let (next, rewards, kinds) = rowToBe
        try group._withUnsafeGuaranteedRef { try $0.concurrent!.finish(into: next, rewards: rewards, kinds: kinds) }
        writeCosts()
        try writeNextMasks()
        forgetEnded()
        advance()
    }

    /// Asks what the row's step cost.
    private func writeCosts() {
        guard costCount > 0 else { return }
        let costs = UnsafeMutableBufferPointer(start: costs, count: costCount)
        group._withUnsafeGuaranteedRef { $0.environments.writeCosts(into: costs) }
    }

    /// Asks which actions may be taken in the row to come.
    private func writeNextMasks() throws {
        guard maskCount > 0 else { return }
        let next = UnsafeMutableBufferPointer(start: masks + maskCount, count: maskCount)
        try group._withUnsafeGuaranteedRef { try $0.environments.writeActionMasks(into: next) }
    }

    /// Writes the row's logits, actions and log-probabilities.
    private func choose(on buffers: ActingBuffers, group index: Int, key: UInt64) -> UnsafeRawBufferPointer {
        let own = buffers.logits + index * width * sampler.parameterCount
        logits.update(from: own, count: logitCount)
        return sampler.choose(
            own, rows: width, key: key, step: step, firstEnvironment: firstEnvironment, actions: actions,
            logProbabilities: logProbabilities)
    }

    /// What a step writes.
    private var rowToBe: (UnsafeMutableRawBufferPointer, UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<UInt8>) {
        (
            UnsafeMutableRawBufferPointer(start: observations + observationRowByteCount, count: observationRowByteCount),
            UnsafeMutableBufferPointer(start: rewards, count: width), UnsafeMutableBufferPointer(start: kinds, count: width)
        )
    }

    private mutating func advance(on buffers: ActingBuffers, group index: Int) {
        if let core = buffers.core { carry(core, group: index) }
        advance()
    }

    private mutating func advance() {
        row += 1
        step &+= 1
        observations += observationRowByteCount
        actions += width * sampler.byteCount
        rewards += width
        logProbabilities += width
        logits += logitCount
        kinds += width
        masks += maskCount
        costs += costCount
    }
}
