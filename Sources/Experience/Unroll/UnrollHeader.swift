/// The numbers that travel beside an unroll's block. Which actor and which run it is from, the session tells.
public struct UnrollHeader: Hashable, Sendable {
    /// Number of the unroll within its actor's incarnation, from 1, given when the unroll is complete.
    public var sequence: UInt64
    /// Parameters behind every action and log-probability of the block.
    public var version: ParameterVersion
    /// Digest of those parameters.
    public var digest: UInt64
    /// What the learner announced them with.
    public var tag: UInt64
    /// What the acting rule went by, as announced with those parameters.
    public var scalars: ActingScalars
    /// Absolute step of row 0 in its environments; row `t` is `firstStep + t`.
    public var firstStep: UInt64
    /// Index within the actor of the block's first environment.
    public var firstEnvironment: UInt32
    /// Key of the noise ε, the same for all unrolls of an actor's incarnation, so that row T of one unroll
    /// and row 0 of the next have the same ε.
    public var noiseKey: UInt64
    /// Episodes that ended within the block.
    public var episodes: [Episode]

    /// Return and length of a finished episode.
    public struct Episode: Hashable, Sendable {
        /// Undiscounted sum of rewards.
        public var episodeReturn: Float
        /// Steps.
        public var length: UInt32
        /// What the environment told of it, in the order of `EnvironmentSpec.measures`, infinite for what it didn't; empty for most.
        public var measures: [Float]

        public init(episodeReturn: Float, length: UInt32, measures: [Float] = []) {
            self.episodeReturn = episodeReturn
            self.length = length
            self.measures = measures
        }
    }

    public init(
        sequence: UInt64, version: ParameterVersion, digest: UInt64, tag: UInt64 = 0,
        scalars: ActingScalars = ActingScalars(), firstStep: UInt64, firstEnvironment: UInt32, noiseKey: UInt64,
        episodes: [Episode]
    ) {
        self.scalars = scalars
        self.sequence = sequence
        self.version = version
        self.digest = digest
        self.tag = tag
        self.firstStep = firstStep
        self.firstEnvironment = firstEnvironment
        self.noiseKey = noiseKey
        self.episodes = episodes
    }
}
