/// What a figure of a run's evaluation is to be.
package struct LearningBound: Hashable, Sendable, Encodable {
    package enum Side: String, Sendable, Encodable {
        case atLeast
        case atMost
    }

    /// A key of `LearningOutcome.Run.measures`.
    package let measure: String
    package let side: Side
    package let limit: Double

    package init(_ measure: String, _ side: Side, _ limit: Double) { (self.measure, self.side, self.limit) = (measure, side, limit) }

    func isKept(by figure: Double) -> Bool { side == .atLeast ? figure >= limit : figure <= limit }

    /// Worse than any: what a run has that failed, or in which there was nothing to measure.
    var worst: Double { side == .atLeast ? -.infinity : .infinity }
}
