import StarlingActing
import StarlingExperience

/// How far an evaluation is, for who waits for it.
struct EvaluationProgress {
    private let episodes: Int
    /// That are over.
    private var over = 0
    /// Of those side by side: number of the first, and steps so far.
    private var first = 0
    private var steps = 0

    /// After so many steps it is likely that an episode doesn't end by itself.
    private static let patience = 10_000

    init(of episodes: Int) { self.episodes = episodes }

    mutating func note(_ row: PlayedRow) {
        if row.firstEpisode != first { (first, steps) = (row.firstEpisode, 0) }
        steps += 1
        over = first + row.isPlaying.count { !$0 }
    }

    var sentence: String {
        let state = "\(over) of \(episodes) episodes (--episodes) are over, and the others at step \(steps)"
        return steps < Self.patience ? state : "\(state). \(EvaluationRequest.endlessHint)"
    }
}
