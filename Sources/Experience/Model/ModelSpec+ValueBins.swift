extension ModelSpec {
    /// Bins that V(z) is a distribution over, trained by cross-entropy; the value is their mean. They lie about 0, where values begin.
    public struct ValueBins: Hashable, Sendable {
        /// What distribution a return is told to be.
        public enum Projection: UInt8, Hashable, Sendable, CaseIterable {
            /// The two bins about it share 1. Bins are even in symlog x = sign x · log(1 + |x|), so that they reach far, and still the
            /// value is a mean of returns, not of their logarithms (Hafner et al. 2025, "Mastering diverse control tasks through world
            /// models", eq. 9 to 11).
            case twoHot = 1
            /// A Normal of 0.75 of a bin's width about it. Bins are even (HL-Gauss: Imani & White 2018; Farebrother et al. 2024, "Stop
            /// regressing: training value functions via classification").
            case hlGauss = 2
        }

        /// How a return becomes a distribution over the bins.
        public var projection: Projection
        /// How many, an odd number.
        public var count: Int
        /// The range is ± this: of `hlGauss` returns, of `twoHot` their symlog. What is beyond counts as the end.
        public var limit: Float

        public init(_ projection: Projection, count: Int = 255, limit: Float) {
            (self.projection, self.count, self.limit) = (projection, count, limit)
        }

        /// Most bins.
        public static let countLimit = 65_535
        /// Allowed limits. The last bin of `twoHot` is worth e^limit; e³² is 8·10¹³.
        public static func limits(_ projection: Projection) -> ClosedRange<Float> {
            switch projection {
            case .twoHot: 0.1...32
            case .hlGauss: 1e-3...1e9
            }
        }

        /// What is wrong with them, as a sentence without its end; nil when nothing is.
        var fault: String? {
            guard (3...Self.countLimit).contains(count), count % 2 == 1 else {
                return "values have an odd number of bins from 3 to \(Self.countLimit), so that one is about 0, not \(count)"
            }
            let limits = Self.limits(projection)
            guard limits.contains(limit) else {
                return "the limit of the value's bins is \(limit); allowed are \(limits.lowerBound) to \(limits.upperBound)"
            }
            return nil
        }
    }
}
