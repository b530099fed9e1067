/// How one run of a row ended.
package enum LearningOutcome: Hashable, Sendable, Codable {
    case finished(Run)
    /// With what the program said last.
    case failed(String)

    package struct Run: Hashable, Sendable, Codable {
        /// Trained on: up to the recipe's goal where it has one and got there, else all.
        package let frames: UInt64
        /// From the training's start to its end, its own evaluations included.
        package let seconds: Double
        /// Of episodes afterwards, on other seeds.
        package let meanReturn: Double
        /// What else was measured of them and of the run, by name; nothing in most environments.
        package let measures: [String: Double]

        package init(frames: UInt64, seconds: Double, meanReturn: Double, measures: [String: Double] = [:]) {
            (self.frames, self.seconds, self.meanReturn, self.measures) = (frames, seconds, meanReturn, measures)
        }
    }

    private enum CodingKeys: CodingKey { case failure }

    package init(from decoder: any Decoder) throws {
        if let words = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .failure) {
            self = .failed(words)
        } else {
            self = .finished(try Run(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .finished(let run): try run.encode(to: encoder)
        case .failed(let words):
            var object = encoder.container(keyedBy: CodingKeys.self)
            try object.encode(words, forKey: .failure)
        }
    }

    package var run: Run? { if case .finished(let run) = self { run } else { nil } }
    package var failure: String? { if case .failed(let words) = self { words } else { nil } }
}

/// All that a result depends on, but for the machine.
package struct LearningKey: Hashable, Sendable, Codable {
    package let row: String
    package let seed: UInt64
    package let recipe: String
    package let settings: [String]
    package let frames: UInt64?
    package let judgement: LearningJudgement
    /// What the goal asks beside the return: some of it is read from the run, which is gone then.
    package let measures: [String]
    package let episodes: Int
    /// Arguments for where they are played.
    package let place: [String]
    package let isUnseen: Bool
    /// Of learner and actor.
    package let build: String

    package init(_ row: LearningRow, seed: UInt64, build: String) {
        self.row = row.name
        self.seed = seed
        recipe = row.recipe
        settings = row.settings
        frames = row.frames
        judgement = row.judgement
        measures = row.goal.bounds.map(\.measure)
        episodes = row.episodes
        (place, isUnseen) = (row.place, row.isUnseen)
        self.build = build
    }

    /// Of the file that keeps the result.
    package var fileName: String { "\(row)-\(seed).json" }

    /// Seed of the evaluation's episodes, which is that of no training.
    package var evaluationSeed: UInt64 { Self.evaluationOffset &+ seed }

    package static let evaluationOffset: UInt64 = 1_000_000

    /// The arguments of `starling` that evaluate a run.
    /// - Parameter isElsewhere: whether where the row says; else in the training's environment.
    package func evaluation(of run: String, isElsewhere: Bool = true) -> [String] {
        ["evaluate", run, "--episodes", "\(episodes)", "--seed", "\(evaluationSeed)"] + judgement.arguments + (isElsewhere ? place : [])
    }

    /// Names among the measures: what episodes in the training's environment return, and what that is beyond the others.
    package static let (seen, gap) = ("mean_return_seen", "gap")
}

/// What is kept of a run, so that a bench that was stopped goes on behind it.
package struct LearningResult: Hashable, Sendable, Codable {
    package let key: LearningKey
    package let outcome: LearningOutcome

    package init(key: LearningKey, outcome: LearningOutcome) { (self.key, self.outcome) = (key, outcome) }

    /// Why this can't stand for a run; nil when it can.
    package func refusal(as key: LearningKey) -> String? {
        if self.key.build != key.build { return "it is of another build, \(self.key.build)" }
        if self.key != key { return "it is of other settings" }
        // What kept it from running may have been mended.
        return outcome.failure.map { "it failed: \($0)" }
    }
}
