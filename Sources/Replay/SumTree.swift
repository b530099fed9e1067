/// Weights of places, from which one is drawn with a probability in proportion, in the logarithm of their number (Schaul et al. 2016,
/// "Prioritized experience replay", appendix B.2.1).
public struct SumTree: Sendable {
    /// Places.
    public let count: Int
    /// Sums, the root at 1; the places begin at `leaves`.
    private var sums: [Double]
    private let leaves: Int

    /// All weights are 0.
    public init(count: Int) {
        precondition(count > 0, "a tree of \(count) places")
        self.count = count
        var leaves = 1
        while leaves < count { leaves *= 2 }
        self.leaves = leaves
        sums = [Double](repeating: 0, count: 2 * leaves)
    }

    /// Of all weights.
    public var total: Double { sums[1] }

    /// The weight at a place, at least 0. Setting it takes O(log count).
    public subscript(place: Int) -> Double {
        get {
            check(place)
            return sums[leaves + place]
        }
        set {
            check(place)
            precondition(newValue >= 0 && newValue.isFinite, "a weight of \(newValue)")
            var node = leaves + place
            sums[node] = newValue
            // Sums are made anew, not moved by differences, so that no rounding gathers: what holds only zeros is 0.
            while node > 1 {
                node /= 2
                sums[node] = sums[2 * node] + sums[2 * node + 1]
            }
        }
    }

    private func check(_ place: Int) { precondition(place >= 0 && place < count, "place \(place) of \(count)") }

    /// The place in which the sum of the weights up to it first exceeds `mass`.
    /// - Parameter mass: in `0 ..< total`; the total must be above 0.
    public func place(at mass: Double) -> Int {
        precondition(total > 0, "a draw from a tree without weight")
        var (node, mass) = (1, mass)
        while node < leaves {
            let left = sums[2 * node]
            // Where rounding leaves more mass than there is, it stays where there is weight.
            if mass < left || sums[2 * node + 1] == 0 {
                node = 2 * node
            } else {
                mass -= left
                node = 2 * node + 1
            }
        }
        return node - leaves
    }
}
