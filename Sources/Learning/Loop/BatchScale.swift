package import StarlingTransport

/// Decides when batches are to be larger: `batch.scale: auto`.
///
/// What may be in flight is bounded by the policy lag times the batch, so where actors are too many or too far away for that, larger batches
/// let more of them play. They cost frames, so they come last: only while actors and trainer lose nearly half of their time to
/// the bound (`CreditPressure.wantsWiderBatches`).
package struct BatchScale {
    /// Batches grow to so many times the recipe's at most.
    package static let largest = 64

    /// Updates for which that must hold, and after which too large ones are halved.
    private static let patience = (growing: 32, shrinking: 1024)

    private var updatesAtBound = 0
    private var updatesAtEase = 0

    package init() {}

    /// An update was made.
    /// - Parameter limit: what memory has room for.
    /// - Returns: the scale to go on with.
    package mutating func next(_ scale: Int, _ pressure: CreditPressure, atMost limit: Int = largest) -> Int {
        updatesAtBound = pressure.wantsWiderBatches ? updatesAtBound + 1 : 0
        updatesAtEase = scale > 1 && 4 * pressure.window < pressure.bound ? updatesAtEase + 1 : 0
        let factor = updatesAtBound >= Self.patience.growing ? 2.0 : updatesAtEase >= Self.patience.shrinking ? 0.5 : 1
        guard factor != 1 else { return scale }
        (updatesAtBound, updatesAtEase) = (0, 0)
        return min(limit, max(1, Int(Double(scale) * factor)))
    }
}
