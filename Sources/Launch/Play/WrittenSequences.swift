import StarlingActing

/// The actions of episodes, as tokens that were written.
final class WrittenSequences {
    /// `[episode][step]`.
    private(set) var tokens: [[UInt16]]

    init(count: Int) { tokens = Array(repeating: [], count: count) }

    func note(_ row: PlayedRow) {
        for (place, isPlaying) in row.isPlaying.enumerated() where isPlaying {
            tokens[row.firstEpisode + place].append(UInt16(row.actions[place]))
        }
    }
}
