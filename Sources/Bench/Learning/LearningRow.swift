/// A line of `starling bench learning`: a recipe, what it is to reach, and what others have published.
package struct LearningRow: Hashable, Sendable {
    package let name: String
    /// As `starling train` takes it.
    package let recipe: String
    /// Keys of the recipe that are overridden, `key=value`.
    package let settings: [String]
    /// Frames to train on; nil leaves it to the recipe.
    package let frames: UInt64?
    package let goal: LearningGoal
    package let judgement: LearningJudgement
    /// What it needs that doesn't come with Starling.
    package let data: LearningData?
    /// What of Python; nil where the environment is Starling's own.
    package let python: LearningPython?
    /// Episodes of a run's evaluation: more where they are a matter of luck.
    package let episodes: Int
    /// Where they are played; nil in the recipe's environment.
    package let environment: String?
    /// What that is told otherwise than in the training, `environment.looks=test`.
    package let options: [String]
    /// Whether that shows nothing of what the training has shown: then episodes are played in the training's environment too, and what is lost
    /// between the two is told.
    package let isUnseen: Bool
    /// A figure of others in the same task, or what is the most there is.
    package let published: String
    /// Where that stands.
    package let source: String
    /// What one run takes on two cores, its evaluation included.
    package let minutes: Double
    /// Left out unless it is asked for.
    package let isLong: Bool

    package init(
        _ name: String, recipe: String? = nil, settings: [String] = [], frames: UInt64? = nil, goal: LearningGoal,
        judgement: LearningJudgement = .greedy, data: LearningData? = nil, python: LearningPython? = nil, episodes: Int = 100,
        environment: String? = nil, options: [String] = [], isUnseen: Bool = false, published: String, source: String, minutes: Double,
        isLong: Bool = false
    ) {
        self.name = name
        self.recipe = recipe ?? name
        self.settings = settings
        self.frames = frames
        self.goal = goal
        self.judgement = judgement
        self.data = data
        self.python = python
        self.episodes = episodes
        self.environment = environment
        self.options = options
        self.isUnseen = isUnseen
        self.published = published
        self.source = source
        self.minutes = minutes
        self.isLong = isLong
    }

    /// The arguments of `starling evaluate` for where episodes are played.
    package var place: [String] { (environment.map { ["--environment", $0] } ?? []) + options.flatMap { ["--set", $0] } }

    /// The arguments of `starling` that train it.
    /// - Parameter seed: a number, or what stands for it in a command that is shown.
    package func training(seed: String) -> [String] {
        ["train", recipe, "--seed", seed] + (frames.map { ["--frames", "\($0)"] } ?? []) + settings.flatMap { ["--set", $0] }
    }
}

extension [LearningRow] {
    /// The rows that are asked for: by name, in the order of the list; without a name all that are not long, or all.
    /// - Throws: `UnknownRow`.
    package func chosen(by names: [String], all: Bool) throws(UnknownRow) -> [LearningRow] {
        for name in names where !contains(where: { $0.name == name }) { throw UnknownRow(name, among: map(\.name)) }
        return filter { names.isEmpty ? all || !$0.isLong : names.contains($0.name) }
    }
}

/// A name that no row has.
package struct UnknownRow: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ name: String, among names: [String]) {
        description = "there is no row '\(name)'; the rows are \(names.joined(separator: ", "))"
    }
}
