import StarlingExperience

/// Where an environment of a batch stands.
struct EpisodeSlot: BitwiseCopyable {
    var seed: UInt64 = 0
    /// Number of the episode that begins next.
    var nextEpisode: UInt64 = 0
    /// Of the open episode; in double, so that long sums stay exact.
    var episodeReturn = 0.0
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

    @inline(__always)
    mutating func add(_ reward: Float) {
        episodeReturn += Double(reward)
        length &+= 1
    }
}
