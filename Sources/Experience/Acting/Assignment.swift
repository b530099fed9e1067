/// Everything an actor needs to work: it brings an address and gets the rest from the learner's WELCOME.
public struct Assignment: Hashable, Sendable {
    /// Name of the run, for logs.
    public var run: String
    /// Where it steps.
    public var environment: EnvironmentSpec
    /// What it acts by.
    public var model: ModelSpec
    /// How it acts, and what it sends.
    public var acting: ActingSpec
    /// The learner's number for this actor; with `runSeed` it makes the actor's random numbers.
    public var ordinal: UInt32
    /// The run's, the same for all actors.
    public var runSeed: UInt64
    /// The actor's start, counted by itself; 0 in serial mode.
    public var incarnation: UInt64
    /// Environments per actor, a multiple of `acting.environmentsPerUnroll`.
    public var environmentsPerActor: Int

    public init(
        run: String, environment: EnvironmentSpec, model: ModelSpec, acting: ActingSpec, ordinal: UInt32,
        runSeed: UInt64, incarnation: UInt64, environmentsPerActor: Int
    ) {
        self.run = run
        self.environment = environment
        self.model = model
        self.acting = acting
        self.ordinal = ordinal
        self.runSeed = runSeed
        self.incarnation = incarnation
        self.environmentsPerActor = environmentsPerActor
    }
}

/// Work for an actor in the evaluation role: one pinned version, z = μ, greedy unless told otherwise, with plans where the run has any.
public struct EvaluationRequest: Hashable, Sendable {
    /// Most steps of an episode; the return until then counts. A greedy policy may walk against a wall for ever, and an
    /// environment need not truncate.
    package static let episodeStepLimit = 100_000
    /// What who waits long should know, a sentence.
    package static let endlessHint =
        "Episodes that don't end by themselves take \(episodeStepLimit) steps each: let the environment truncate them, of gymnasium by environment.wrappers=[TimeLimit(max_episode_steps=1000)]"

    /// Which of the learner's requests this is.
    public var identifier: UInt64
    /// The parameters to play, and no others.
    public var version: ParameterVersion
    /// How many are played.
    public var episodes: Int
    /// Seed of the first episode; the others follow from it.
    public var seed: UInt64
    /// How actions come about, and the numbers of that rule.
    public var rule: ActingRule
    /// ε and temperature, as the rule needs them.
    public var scalars: ActingScalars
    /// Whether plans are made where the run's actors make any; else the policy head alone tells.
    public var plans: Bool

    public init(
        identifier: UInt64, version: ParameterVersion, episodes: Int, seed: UInt64, rule: ActingRule = .greedy,
        scalars: ActingScalars = ActingScalars(), plans: Bool = true
    ) {
        self.plans = plans
        self.rule = rule
        self.scalars = scalars
        self.identifier = identifier
        self.version = version
        self.episodes = episodes
        self.seed = seed
    }
}

/// What came of an `EvaluationRequest`.
public struct EvaluationReport: Hashable, Sendable {
    /// That of the request.
    public var identifier: UInt64
    /// The parameters that were played.
    public var version: ParameterVersion
    /// Undiscounted returns, one per episode, in the order of their seeds.
    public var returns: [Float]
    /// By which rule they were played: an actor that is older than a rule plays greedily instead.
    public var rule: ActingRule
    /// What the environment told of each episode: `[episodes, M]` of its M measures, or empty.
    public var measures: [Float]
    /// Steps of all episodes together; nil: not told, as by an actor that is older.
    public var steps: UInt64?
    /// Episodes that terminated, rather than being truncated; nil likewise.
    public var terminated: Int?

    public init(
        identifier: UInt64, version: ParameterVersion, returns: [Float], rule: ActingRule = .greedy, measures: [Float] = [],
        steps: UInt64? = nil, terminated: Int? = nil
    ) {
        self.rule = rule
        self.measures = measures
        self.steps = steps
        self.terminated = terminated
        self.identifier = identifier
        self.version = version
        self.returns = returns
    }
}
