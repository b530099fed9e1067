import StarlingExperience

/// Where an environment of a batch stands.
struct EpisodeSlot: BitwiseCopyable {
    var seed: UInt64 = 0
    /// Number of the episode that begins next.
    var nextEpisode: UInt64 = 0
    /// Of the open episode; in double, so that long sums stay exact.
    var episodeReturn = 0.0
    var episodeCost = 0.0
    var length: UInt32 = 0
    private var awaits: UInt32 = 0

    /// The next row holds the last observation of an episode, and is no step.
    var awaitsReset: Bool {
        get { awaits != 0 }
        set { awaits = newValue ? 1 : 0 }
    }

    init(seed: UInt64 = 0, awaitsReset: Bool = false) {
        self.seed = seed
        self.awaitsReset = awaitsReset
    }

    /// Closes the open episode.
    /// - Parameters:
    ///   - measures: what the environment told of it.
    ///   - tellsCost: whether what its steps cost is one of them, the last.
    mutating func ended(_ measures: [Float] = [], tellsCost: Bool) -> UnrollHeader.Episode {
        defer { (episodeReturn, episodeCost, length) = (0, 0, 0) }
        return .init(
            episodeReturn: Float(episodeReturn), length: length, measures: tellsCost ? measures + [Float(episodeCost)] : measures)
    }

    @inline(__always)
    mutating func add(_ reward: Float) {
        episodeReturn += Double(reward)
        length &+= 1
    }
}
