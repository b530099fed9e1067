/// What the runs of a row are to reach: a return, within so many frames.
package struct LearningGoal: Hashable, Sendable, Encodable {
    /// Whose return and frames are asked.
    package enum Scope: String, Sendable, Encodable {
        /// Those of every seed.
        case each
        /// The medians over the seeds.
        case median
    }

    /// The least mean return of the greedy episodes.
    package let meanReturn: Double
    /// The most frames that may have been trained on.
    package let frames: UInt64
    package let scope: Scope

    /// A run trains on its last batch to the end, and so on more frames than it was given: by at most 2 % in any recipe.
    package static let allowance = 1.02

    package init(meanReturn: Double, frames: UInt64, scope: Scope) {
        (self.meanReturn, self.frames, self.scope) = (meanReturn, frames, scope)
    }

    /// Whether the runs of all seeds reach it. A run that failed has neither return nor frames: it is worse than any.
    package func isReached(by outcomes: [LearningOutcome]) -> Bool {
        guard !outcomes.isEmpty else { return false }
        let returns = outcomes.map { $0.run?.meanReturn ?? -.infinity }
        let frames = outcomes.map { $0.run.map { Double($0.frames) } ?? .infinity }
        let limit = Self.allowance * Double(self.frames)
        switch scope {
        case .each: return returns.allSatisfy { $0 >= meanReturn } && frames.allSatisfy { $0 <= limit }
        case .median: return returns.median >= meanReturn && frames.median <= limit
        }
    }
}
