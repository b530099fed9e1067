/// Every choice that changes the order of a sum, and so bits. `fixed` needs no timing and is the same everywhere.
package struct Tuning: Hashable, Sendable {
    /// Products with in and out widths up to this run on our own kernel, larger ones on oneDNN.
    package var largestSmallProduct = 128
    /// Rows that a tile has at most. The number of tiles follows from it and the number of rows, never from threads.
    package var largestTile = 120

    package init() {}

    /// The table used in serial mode and in tests.
    package static let fixed = Tuning()
}
