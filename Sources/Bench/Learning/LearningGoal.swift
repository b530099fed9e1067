/// What the runs of a row are to reach within so many frames: a return, or other figures, or both.
package struct LearningGoal: Hashable, Sendable, Encodable {
    /// Whose figures and frames are asked.
    package enum Scope: String, Sendable, Encodable {
        /// Those of every seed.
        case each
        /// The medians over the seeds.
        case median
    }

    /// The least mean return of a run's episodes; nil asks for none.
    package let meanReturn: Double?
    /// What else is measured of them.
    package let bounds: [LearningBound]
    /// The most frames that may have been trained on.
    package let frames: UInt64
    package let scope: Scope

    /// A run trains on its last batch to the end, and so on more frames than it was given: by at most 2 % in any recipe.
    package static let allowance = 1.02

    package init(meanReturn: Double? = nil, bounds: [LearningBound] = [], frames: UInt64, scope: Scope) {
        (self.meanReturn, self.bounds, self.frames, self.scope) = (meanReturn, bounds, frames, scope)
    }

    /// Whether the runs of all seeds reach it. A run that failed has no figures: it is worse than any.
    package func isReached(by outcomes: [LearningOutcome]) -> Bool {
        guard !outcomes.isEmpty else { return false }
        func isKept(_ bound: LearningBound, _ figure: (LearningOutcome.Run) -> Double?) -> Bool {
            let figures = outcomes.map { $0.run.flatMap(figure) ?? bound.worst }
            return switch scope {
            case .each: figures.allSatisfy(bound.isKept)
            case .median: bound.isKept(by: figures.median)
            }
        }
        let most = LearningBound("frames", .atMost, Self.allowance * Double(frames))
        let isReturned = meanReturn.map { isKept(LearningBound("mean_return", .atLeast, $0), \.meanReturn) } ?? true
        return isReturned && isKept(most) { Double($0.frames) }
            && bounds.allSatisfy { bound in isKept(bound) { $0.measures[bound.measure] } }
    }
}
