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
