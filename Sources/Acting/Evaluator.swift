import StarlingCompute
package import StarlingEnvironments
package import StarlingExperience
import StarlingLatentPolicy

/// Plays whole episodes with one version, greedily and with z = μ: the same loop as a rollout, without unrolls.
package struct Evaluator {
    /// Most episodes that are played side by side.
    static let laneLimit = 128
    /// Most steps of an episode; the return until then counts. A greedy policy may walk against a wall for ever, and an
    /// environment need not truncate.
    package static let episodeStepLimit = 100_000
    /// `shouldStop` is asked when so many steps were played since.
    static let stepsBetweenQuestions = 64

    private let policy: LatentPolicy
    private let layoutMode: ActingSpec.LatentMode
    private let environments: EnvironmentRegistry

    /// - Parameter layoutMode: the mode of the run, which decides what snapshots hold.
    package init(
        model: ModelSpec, environment: EnvironmentSpec, layoutMode: ActingSpec.LatentMode, environments: EnvironmentRegistry
    ) {
        policy = LatentPolicy(model: model, environment: environment)
        self.layoutMode = layoutMode
        self.environments = environments
    }

    /// Returns of `request.episodes` episodes; episode i has the seed `mix(request.seed, i)`.
    /// - Parameters:
    ///   - shouldStop: asked before every 64th step; when it says so, nil is returned.
    package func evaluate(
        _ request: EvaluationRequest, _ snapshot: ParameterSnapshot, shouldStop: () -> Bool = { false }
    ) throws -> EvaluationReport? {
        let lanes = min(request.episodes, Self.laneLimit)
        let acting = try ActingPlan(policy, latentMode: .mean, layoutMode: layoutMode, maximumRows: lanes)
        guard acting.adopt(snapshot) else {
            throw EvaluationError(
                message: "parameters \(snapshot.version) have \(snapshot.bytes.count) bytes, which is not this model")
        }
        var returns: [Float] = []
        while returns.count < request.episodes {
            let seeds = (returns.count..<min(request.episodes, returns.count + lanes)).map {
                Seed.mix(request.seed, UInt64($0))
            }
            guard let round = try play(seeds, acting, shouldStop) else { return nil }
            returns += round
        }
        return EvaluationReport(identifier: request.identifier, version: request.version, returns: returns)
    }

    /// One episode per seed, side by side.
    private func play(_ seeds: [UInt64], _ acting: ActingPlan, _ shouldStop: () -> Bool) throws -> [Float]? {
        let count = seeds.count
        let batch = try environments.entry(for: policy.environment).makeBatch(count: count)
        let lanes = Lanes(count: count, policy.environment, depth: policy.model.frameStack)
        let memory = ActionMemory(policy, rows: 0)
        batch.reset(seeds: seeds, into: lanes.newest)
        FrameStack.repeatNewest(lanes.opening, depth: lanes.stack.depth)
        let stateCount = count * policy.model.core.stateCount
        acting.buffers.core?.before.update(repeating: 0, count: stateCount)
        var returns = [Float](repeating: 0, count: count)
        var isPlaying = [Bool](repeating: true, count: count)
        var playing = count
        var step = 0
        while playing > 0, step < Self.episodeStepLimit {
            if step % Self.stepsBetweenQuestions == 0, shouldStop() { return nil }
            lanes.stack.copy(row: 0, to: acting.buffers.observations)
            acting.run(rows: count)
            // A lane plays one episode, so no state needs to be reset before the next round.
            if let core = acting.buffers.core { core.before.update(from: core.after, count: stateCount) }
            acting.plan.read(acting.ports.logits) {
                memory.sampler.choose($0.baseAddress!, rows: count, into: lanes.actions.baseAddress!)
            }
            batch.step(
                actions: UnsafeRawBufferPointer(lanes.actions), into: lanes.next, rewards: lanes.rewards,
                kinds: lanes.kinds)
            lanes.advance()
            step += 1
            for lane in 0..<count where isPlaying[lane] {
                returns[lane] += lanes.rewards[lane]
                guard lanes.kinds[lane] != StepKind.ordinary.rawValue else { continue }
                isPlaying[lane] = false
                playing -= 1
            }
        }
        return returns
    }

    /// Buffers of episodes played side by side.
    private final class Lanes {
        /// The frames that a stack shows, and the row that a step writes: `[F+1, E, D]`.
        private let frames: UnsafeMutableRawBufferPointer
        private let spare: UnsafeMutableRawBufferPointer  // [F, E, D]
        private let rowByteCount: Int
        let stack: FrameStack
        let actions: UnsafeMutableRawBufferPointer
        let rewards: UnsafeMutableBufferPointer<Float>
        let kinds: UnsafeMutableBufferPointer<UInt8>

        init(count: Int, _ environment: EnvironmentSpec, depth: Int) {
            let frameByteCount = environment.observation.byteCount
            rowByteCount = count * frameByteCount
            frames = .allocate(byteCount: (depth + 1) * rowByteCount, alignment: 64)
            spare = .allocate(byteCount: depth * rowByteCount, alignment: 64)
            actions = .allocate(byteCount: count * environment.action.width * 4, alignment: 64)
            rewards = .allocate(capacity: count)
            kinds = .allocate(capacity: count)
            actions.initializeMemory(as: UInt8.self, repeating: 0)
            rewards.initialize(repeating: 0)
            kinds.initialize(repeating: 0)
            stack = FrameStack(
                depth: depth, environmentCount: count, frameByteCount: frameByteCount, frames: frames.baseAddress!,
                kinds: kinds.baseAddress!)
        }

        /// The frames of row 0 and its history, `[F, E, D]`.
        var opening: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: frames.dropLast(rowByteCount)) }
        /// The frames of row 0, `[E, D]`.
        var newest: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: opening.suffix(rowByteCount)) }
        /// Where a step writes, `[E, D]`.
        var next: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: frames.suffix(rowByteCount)) }

        /// What a step wrote becomes row 0.
        func advance() {
            stack.copyOpening(at: 1, to: spare.baseAddress!)
            opening.copyMemory(from: UnsafeRawBufferPointer(spare))
        }

        deinit {
            frames.deallocate()
            spare.deallocate()
            actions.deallocate()
            rewards.deallocate()
            kinds.deallocate()
        }
    }
}

/// Why an evaluation could not begin.
package struct EvaluationError: Error, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
