package import StarlingCompute
package import StarlingEnvironments
package import StarlingExperience
import StarlingLatentPolicy
import StarlingTransport

/// Plays whole episodes with one version and z = μ, by the rule that is asked for: the loop of a rollout, whose unrolls nobody
/// sends.
package struct Evaluator {
    /// Most episodes that are played side by side.
    package static let laneLimit = 128
    /// `shouldStop` is asked when so many steps were played since.
    static let stepsBetweenQuestions = 64
    /// Most bytes of observations that are kept at a time, where a row has not more.
    private static let observationByteLimit = 1 << 20

    private let policy: LatentPolicy
    private let place: EnvironmentSpec
    /// Of the run.
    private let acting: ActingSpec
    private let environments: EnvironmentRegistry
    private let compute: ComputeContext

    /// - Parameters:
    ///   - environment: in which the policy learned: whether its players are in turn is what its plans go by. Masks are those of the place.
    ///   - place: in which it plays, of the same shapes; nil in that.
    ///   - acting: how actors of the run act, which decides what snapshots hold, and whether plans are made.
    package init(
        model: ModelSpec, environment: EnvironmentSpec, place: EnvironmentSpec? = nil, acting: ActingSpec,
        environments: EnvironmentRegistry, compute: ComputeContext = .cpu()
    ) {
        self.compute = compute
        let place = place ?? environment
        var environment = environment
        environment.masksActions = place.masksActions
        policy = LatentPolicy(model: model, environment: environment)
        self.place = place
        self.acting = acting
        self.environments = environments
    }

    /// Returns of `request.episodes` episodes; episode i has the seed `mix(request.seed, i)`.
    /// - Parameters:
    ///   - sample: is offered every observation of the episodes.
    ///   - lanes: episodes that are played side by side, at most.
    ///   - shouldStop: asked before every 64th step; when it says so, nil is returned.
    ///   - watch: is shown every step of the episodes.
    package func evaluate(
        _ request: EvaluationRequest, _ snapshot: ParameterSnapshot, sample: ObservationSample? = nil, lanes: Int = laneLimit,
        shouldStop: () -> Bool = { false }, watch: ((PlayedRow) -> Void)? = nil
    ) throws -> EvaluationReport? {
        if let fault = request.rule.fault(for: policy.environment.action) { throw EvaluationError(message: fault) }
        let entry = try environments.entry(for: place)
        let lanes = min(request.episodes, lanes, entry.laneLimit ?? lanes)
        let acting = try ActingPlan(
            policy, latentMode: .mean, layoutMode: acting.latentMode, planning: request.plans ? acting.planning : nil, maximumRows: lanes,
            compute: compute)
        guard acting.adopt(snapshot) else {
            throw EvaluationError(
                message: "parameters \(snapshot.version) have \(snapshot.bytes.count) bytes, which is not this model")
        }
        var loop = RolloutLoop(acting, noiseKey: request.noiseKey)
        let actions = ActionMemory(policy, request.rule, rows: lanes)
        var (returns, measures): ([Float], [Float]) = ([], [])
        var (steps, terminated): (UInt64, Int) = (0, 0)
        while returns.count < request.episodes {
            let episodes = returns.count..<min(request.episodes, returns.count + lanes)
            let sampler = actions.sampler(request.scalars)
            let round = try withExtendedLifetime(actions) {
                try play(episodes, in: entry, seed: request.seed, &loop, sampler, sample, watch, shouldStop)
            }
            guard let round else { return nil }
            returns += round.returns.values
            measures += round.measures
            steps += round.returns.episodeSteps
            terminated += round.returns.terminated
        }
        return EvaluationReport(
            identifier: request.identifier, version: request.version, returns: returns, rule: request.rule, measures: measures,
            steps: steps, terminated: terminated)
    }

    /// These episodes, side by side.
    private func play(
        _ episodes: Range<Int>, in entry: EnvironmentRegistry.Entry, seed: UInt64, _ loop: inout RolloutLoop, _ sampler: ActionSampler,
        _ sample: ObservationSample?,
        _ watch: ((PlayedRow) -> Void)?, _ shouldStop: () -> Bool
    ) throws -> (returns: EpisodeReturns, measures: [Float])? {
        let (width, environment) = (episodes.count, place)
        var measures = [[Float]?](repeating: nil, count: width)
        let rows = Self.observationByteLimit / (width * environment.observation.byteCount)
        let layout = UnrollLayout(
            environment: environment, model: policy.model,
            acting: ActingSpec(
                latentMode: .mean, unrollLength: min(max(1, rows), Self.stepsBetweenQuestions), environmentsPerUnroll: width))
        let group = try RolloutGroup(
            try entry.makeBatches(environment, groups: 1, width: width)[0],
            seeds: episodes.map { Seed.mix(seed, UInt64($0)) }, firstEnvironment: episodes.lowerBound, layout)
        let block = UnrollBlock(byteCount: layout.byteCount)
        let view = MutableUnrollView(layout, block.base)
        let cursors = UnsafeMutableBufferPointer<UnrollCursor>.allocate(capacity: 1)
        defer { cursors.deallocate() }
        var returns = EpisodeReturns(count: width, stepLimit: EvaluationRequest.episodeStepLimit)
        let stack = view.reading.stack
        var isStopped = shouldStop()
        while !isStopped {
            try withExtendedLifetime((group, block)) {
                cursors[0] = UnrollCursor(group, view, sampler)
                if returns.steps == 0 { sample?.offer(stack, row: 0, of: group.environments, where: returns.isPlaying) }
                _ = try loop.step(
                    cursors, rows: layout.unrollLength, width: width, isConcurrent: group.concurrent != nil
                ) { row in
                    watch?(
                        PlayedRow(
                            view, row: row, group.environments, firstEpisode: episodes.lowerBound, isPlaying: returns.isPlaying))
                    returns.add(rewards: view.rewards(at: row), kinds: view.kinds(at: row))
                    guard !returns.isComplete else { return false }
                    sample?.offer(stack, row: row + 1, of: group.environments, where: returns.isPlaying)
                    isStopped = returns.steps % Self.stepsBetweenQuestions == 0 && shouldStop()
                    return !isStopped
                }
            }
            // What nobody takes is kept. Of each environment the first counts.
            group.environments.takeFinishedEpisodes { lane, episode in measures[lane] = measures[lane] ?? episode.measures }
            if isStopped || returns.isComplete { break }
            group.finish(view)
        }
        // Nothing is told of an episode that had to be left.
        let unknown = [Float](repeating: .infinity, count: environment.measures.count)
        return isStopped ? nil : (returns, measures.flatMap { $0 ?? unknown })
    }
}

/// Undiscounted returns of one episode an environment, summed row by row.
struct EpisodeReturns {
    private(set) var values: [Float]
    /// Rows that were added.
    private(set) var steps = 0
    /// Steps of the first episodes together.
    private(set) var episodeSteps: UInt64 = 0
    /// First episodes that terminated.
    private(set) var terminated = 0
    /// Whose first episode isn't over.
    private(set) var isPlaying: [Bool]
    private var playing: Int
    private let stepLimit: Int

    init(count: Int, stepLimit: Int) {
        values = Array(repeating: 0, count: count)
        isPlaying = Array(repeating: true, count: count)
        playing = count
        self.stepLimit = stepLimit
    }

    /// Every environment's first episode is over, or as long as an episode may be.
    var isComplete: Bool { playing == 0 || steps >= stepLimit }

    /// Adds one row, each `[E]`. Of an episode that is over, what follows doesn't count.
    mutating func add(rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>) {
        steps += 1
        episodeSteps += UInt64(playing)
        for environment in values.indices where isPlaying[environment] {
            values[environment] += rewards[environment]
            guard kinds[environment] != StepKind.ordinary.rawValue else { continue }
            if kinds[environment] == StepKind.terminated.rawValue { terminated += 1 }
            isPlaying[environment] = false
            playing -= 1
        }
    }
}

/// Why an evaluation could not begin.
package struct EvaluationError: Error, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
