/// The ways in which the CPU can compute a product or convolution.
package enum CPUKernel: String, Hashable, Sendable, CaseIterable {
    /// Our own product, tile of rows by tile of rows, the weight packed.
    case tiles = "own, tiles of rows"
    /// oneDNN's product, tile of rows by tile of rows.
    case library = "oneDNN, tiles of rows"
    /// Our own product, all rows at once, workers share the columns and the weight stays as it lies.
    case columns = "own, columns shared"
    /// Our own product over patches where they lie in the image; of transpose convolutions over some places at a time, which
    /// are folded while they are in the cache.
    case patches = "own, patches in place"
    /// Patches unfolded into a matrix, some samples at a time, and oneDNN's product.
    case unfolded = "oneDNN, patches unfolded"
    /// The weight's derivative of a convolution: patches in place, workers share the channels.
    case channels = "own, channels shared"

    /// Whether workers share columns or channels rather than rows: large weights are then read once for all rows rather than
    /// once per tile, and large sums over rows have no parts per tile.
    var isShared: Bool {
        switch self {
        case .columns, .channels: true
        case .tiles, .library, .patches, .unfolded: false
        }
    }

    /// As tunings know it.
    package var name: KernelName { KernelName(rawValue) }
}
