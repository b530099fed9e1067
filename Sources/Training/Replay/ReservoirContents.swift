import StarlingReplay
package import StarlingSafetensors

/// What a reservoir holds at one moment, without a copy.
package struct ReservoirContents: Sendable {
    /// Observations.
    package let count: Int
    let entries: PieceList

    package var observationByteCount: Int { entries.entryByteCount }

    /// As a checkpoint has it.
    package static let arrayName = "observations"

    init(count: Int, entries: PieceList) { (self.count, self.entries) = (count, entries) }

    /// Copies `[count, D bytes]`; nil for an array of another shape.
    package init?(_ array: NamedArray) {
        guard let entries = PieceList(array) else { return nil }
        (count, self.entries) = (array.shape[0], entries)
    }

    /// Whether all numbers are within ±`limit`, taken as float32.
    package func isWithin(_ limit: Float) -> Bool { entries.isWithin(limit, count: count) }

    /// `[count, D bytes]`, copied.
    package var array: NamedArray { entries.array(Self.arrayName, count: count) }
}
