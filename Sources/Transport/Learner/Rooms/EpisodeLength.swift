import StarlingExperience

/// How long episodes of the run are: the longest of late.
struct EpisodeLength {
    /// Steps; 0 before the first has ended.
    private(set) var longest = 0.0

    private static let fading = 0.999

    mutating func note(_ episodes: [UnrollHeader.Episode]) {
        for episode in episodes { longest = max(longest * Self.fading, Double(episode.length)) }
    }
}
