import CStarlingKernels

/// Where an operand's memory is.
enum Bank: UInt8, BitwiseCopyable {
    /// The plan's own buffers.
    case arena
    /// Values of one tile, one set per worker.
    case scratch
    /// Registers of maps, one set per worker.
    case registers
    /// The parameter banks of the run.
    case parameters
    case targetParameters
    case gradients

    init(_ source: ParameterSource) { self = source == .online ? .parameters : .targetParameters }

    var isParameters: Bool { self == .parameters || self == .targetParameters }
}

/// An address that the run completes: bank + offset + row·rowStride + tile·tileStride, in bytes.
struct Operand: BitwiseCopyable {
    var bank: Bank
    var offset: Int
    /// 0 in scratch, where a tile starts at 0, and for what has no rows.
    var rowStride: Int
    /// For partial sums: one per tile.
    var tileStride: Int
    /// Bytes from row to row within a tile.
    var stride: Int

    init(_ bank: Bank, offset: Int, rowStride: Int = 0, tileStride: Int = 0, stride: Int = 0) {
        self.bank = bank
        self.offset = offset
        self.rowStride = rowStride
        self.tileStride = tileStride
        self.stride = stride
    }

    static let none = Operand(.arena, offset: -1)
    var isNone: Bool { offset < 0 }
}

/// One unit of the CPU's program: all in one buffer, run by one switch.
struct Instruction: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        case map
        /// Our own product; b is packed or laid out as needed.
        case product
        /// oneDNN's, for large ones: y = x·op(b).
        case largeProduct
        case outerProduct
        case largeOuterProduct
        case patchProduct
        case patchProductTransposed
        /// Patches of some samples at a time as a matrix, oneDNN's product.
        case unfoldedProduct
        case maxPool, maxPoolGradient
        /// Units: columns of a product whose weight [depth, columns] stays as it lies.
        case sharedProduct
        /// Units: columns of a product whose weight [columns, depth] stays as it lies.
        case dotProduct
        /// Units: rows of an outer product.
        case sharedOuterProduct
        /// Units: channels of a weight's derivative.
        case patchOuterProduct
        /// Units: rows of the table. depth: ids of a row; columns: floats of each; stride: rows of the table; transposed: integer ids.
        case addNamedRows
        /// Units: sequences side by side.
        case gru, gruGradient, lstm, lstmGradient, firstRows
        /// target[0..<width] = Σ over tiles of a.
        case sumParts
        /// target = transposed a, for `product`.
        case pack
        case packPatches
        /// target = a weight [features, channels, taps] as [features, taps, channels].
        case packTaps
        case copy
    }

    var kind: Kind
    var after = STARLING_AFTER_NOTHING
    /// oneDNN: b is [columns, depth] instead of [depth, columns]. Patches: from the grid to the image.
    var isTransposed = false
    var a = Operand.none
    var b = Operand.none
    var bias = Operand.none
    var other = Operand.none
    /// Recurrence: resets.
    var reset = Operand.none
    var target = Operand.none
    var depth = 0
    var columns = 0
    /// Floats between rows of b; parts: floats between parts.
    var stride = 0
    /// Maps: places in the executable's tables.
    var code = 0
    var codeCount = 0
    var slot = 0
    var slotCount = 0
    /// Maps: rows at a time; unfolded products: samples.
    var block = 0
    /// sumParts: whose tiles.
    var extent = 0
    /// Of the table of grids.
    var grid = 0

    init(_ kind: Kind) { self.kind = kind }
}

/// The instructions between two waits.
struct Segment: BitwiseCopyable {
    var extent: Int
    var start: Int
    var end: Int
}

/// A half-open range that is plain data.
struct Interval: BitwiseCopyable {
    var start = 0
    var end = 0

    var isEmpty: Bool { start == end }
    var range: Range<Int> { start..<end }
}

/// Row work of several extents, then sums of its tiles, then what has no rows.
struct Phase: BitwiseCopyable {
    /// Of the table of segments.
    var segments = Interval()
    /// Of the instructions, as `whole`.
    var sums = Interval()
    /// Of the table of shares: one per worker.
    var shares = Interval()
    var whole = Interval()
}

/// A part of the output of a shared instruction.
struct Unit: BitwiseCopyable {
    var instruction: Int
    var start: Int
    var end: Int
}

/// A bound row extent and its tiles, fixed by the number of rows.
struct Extent: BitwiseCopyable {
    let rows: Int
    let tileRows: Int

    /// Tiles are as equal as multiples of 12 rows (the product's tile) allow, and even in number when there are several, so that two
    /// workers share them fairly.
    init(rows: Int, largestTile: Int, isImage: Bool = false) {
        self.rows = rows
        if isImage {
            let pairs = (rows + 2 * largestTile - 1) / (2 * largestTile)
            tileRows = (rows + 2 * pairs - 1) / (2 * pairs)
        } else if rows <= largestTile {
            tileRows = rows
        } else {
            let pairs = (rows + 2 * largestTile - 1) / (2 * largestTile)
            let even = (rows + 2 * pairs - 1) / (2 * pairs)
            tileRows = (even + 11) / 12 * 12
        }
    }

    func tiles(_ rows: Int) -> Int { (rows + tileRows - 1) / tileRows }
    var tileCount: Int { tiles(rows) }
}
