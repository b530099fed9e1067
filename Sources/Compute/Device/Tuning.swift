/// Every choice that changes the order of a sum, and so bits. `fixed` needs no timing and is the same everywhere.
package struct Tuning: Hashable, Sendable {
    /// Products with in and out widths up to this run on our own kernel, larger ones on oneDNN. Measured on AVX-512, one
    /// thread: ours 255, 260, 255, 241 GFLOP/s at widths 128, 256, 512, 1024 by 512, oneDNN 2.6 250, 255, 246, 240; from
    /// about 2048 oneDNN's blocking wins. Ours allocates nothing and gives the same bits on every CPU.
    package var largestSmallProduct = 1024
    /// Rows that a tile has at most. The number of tiles follows from it and the number of rows, never from threads.
    package var largestTile = 120

    /// Numbers that a tile's widest value has at most in graphs with convolutions: it then stays near the caches.
    package var largestImageTile = 1 << 19
    /// Numbers from which on a weight is shared by columns between workers, all rows at once.
    package var smallestSharedProduct = 1 << 18
    /// The same for sums over rows of outer products.
    package var smallestSharedSum = 1 << 14

    package init() {}

    /// The table used in serial mode and in tests.
    package static let fixed = Tuning()
}
