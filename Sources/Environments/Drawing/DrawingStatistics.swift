/// What can be said of many drawings, beside real ones. Shares are of 1, NaN of nothing.
package struct DrawingStatistics: Hashable, Sendable {
    /// Of the drawings: those that the classifier takes for what they are named.
    package let agreement: Double
    /// Those with a token where it doesn't belong.
    package let malformed: Double
    /// How well a drawing is told from a real digit by its neighbours; 0.5 is not at all.
    package let neighbourAUC: Double

    /// Neighbours that are asked, and drawings of either kind that are compared.
    package static let neighbours = 10
    package static let compared = 500

    package init(_ drawings: [Drawing], real: [Drawing], _ classifier: DigitClassifier) {
        let count = Double(drawings.count)
        agreement = Double(drawings.count { $0.digit == classifier.digit($0) }) / count
        malformed = Double(drawings.count { !$0.isWellFormed }) / count
        let compared = min(Self.compared, drawings.count, real.count)
        neighbourAUC = Self.neighbourAUC(Array(drawings.prefix(compared)), Array(real.prefix(compared)))
    }

    /// The probability that a drawing has more drawings among its nearest neighbours than a real digit has, equal ones counted half: the
    /// area under the curve of a two-sample test (Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests", section 3) by
    /// neighbours (Schilling 1986), with the squared distance of greys.
    package static func neighbourAUC(_ drawings: [Drawing], _ real: [Drawing]) -> Double {
        let pictures = (drawings + real).map { drawing in (0..<Drawing.side * Drawing.side).map { Int32(drawing.grey($0)) } }
        guard drawings.count > 1, real.count > 1, pictures.count > neighbours else { return .nan }
        let scores = pictures.indices.map { one in
            // Of equal distance the drawing and the real one are as near: neither goes first by its place.
            var nearest: [(distance: Int32, share: Double)] = []
            let distances = pictures.indices.lazy.filter { $0 != one }.map { other in
                (
                    zip(pictures[one], pictures[other]).reduce(Int32(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) },
                    other < drawings.count ? 1.0 : 0
                )
            }
            for (distance, share) in distances {
                if nearest.count >= neighbours, distance > nearest[neighbours - 1].distance { continue }
                let place = nearest.firstIndex { $0.distance > distance } ?? nearest.count
                nearest.insert((distance, share), at: place)
                while nearest.count > neighbours, nearest[nearest.count - 1].distance > nearest[neighbours - 1].distance {
                    nearest.removeLast()
                }
            }
            return nearest.reduce(0) { $0 + $1.share } / Double(nearest.count)
        }
        let (first, second) = (scores[..<drawings.count], scores[drawings.count...])
        let wins = first.reduce(0.0) { sum, score in
            sum + second.reduce(0.0) { $0 + (score > $1 ? 1 : score == $1 ? 0.5 : 0) }
        }
        return wins / Double(first.count * second.count)
    }
}
