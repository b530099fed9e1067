/// How a run of a row is judged, once it is trained.
package enum LearningJudgement: String, Sendable, Codable {
    /// By the return of greedy episodes.
    case greedy
    /// By episodes that draw as the policy has it, at temperature 1, and by what is measured of the sequences they write: who writes
    /// greedily writes one sequence.
    case drawn

    /// What `starling evaluate` takes.
    var arguments: [String] {
        switch self {
        case .greedy: []
        case .drawn: ["--rule", "sample"]
        }
    }
}

/// A file in the folder of data that doesn't come with Starling, and that a row needs.
package struct LearningData: Hashable, Sendable {
    package let name: String
    /// Brings it.
    package let command: String

    package init(_ name: String, by command: String) { (self.name, self.command) = (name, command) }
}

/// What the user's Python has to have for a row: Gymnasium, and where the environment comes from.
package struct LearningPython: Hashable, Sendable {
    /// What is imported besides gymnasium.
    package let module: String
    /// What pip is to install, as a shell takes it.
    package let packages: String

    package init(_ module: String, by packages: String) { (self.module, self.packages) = (module, packages) }

    package static let ale = Self("ale_py", by: "gymnasium ale-py")
    package static let box2d = Self("Box2D", by: "'gymnasium[box2d]'")
    /// Gymnasium knows nothing of MuJoCo 4.
    package static let mujoco = Self("mujoco", by: "'gymnasium[mujoco]' 'mujoco<4'")
    package static let highway = Self("highway_env", by: "gymnasium highway-env")
    package static let minigrid = Self("minigrid", by: "gymnasium minigrid")
}
