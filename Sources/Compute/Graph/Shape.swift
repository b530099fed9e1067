/// A symbolic number of rows, bound to a number when a plan is made.
public struct Rows: Hashable, Sendable {
    /// What tells it from other axes of rows.
    public let name: String

    public init(_ name: String) { self.name = name }

    /// What operations are tried and timed on. Models name extents of their own.
    public static let samples = Rows("samples")
    /// Sequences that begin within these, for recurrent layers.
    public static let sequences = Rows("sequences")
}

/// The extent of a value: optionally one symbolic row extent, then fixed dimensions.
///
/// Rows are independent of each other in every operation but the sums over rows; that is what lets a plan
/// split them over tiles and threads.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
    /// nil: a parameter, or something summed over all rows.
    public var rows: Rows?
    /// Of one row; empty of a number.
    public var dims: [Int]
    /// How images lie in memory. Graphs insert what is needed between the two; ports and parameters are always plain.
    public var layout: Layout

    public init(rows: Rows?, dims: [Int], layout: Layout = .plain) {
        demand(dims.allSatisfy { $0 > 0 }, "dimensions must be positive, got \(dims)")
        demand(layout == .plain || dims.count == 3, "only images [C, H, W] have channels, not \(dims)")
        self.rows = rows
        self.dims = dims
        self.layout = layout
    }

    /// `[rows, dims…]`; without dims one number per row.
    public static func perRow(_ rows: Rows, _ dims: Int...) -> Shape { Shape(rows: rows, dims: dims) }

    /// One number.
    public static let scalar = Shape(rows: nil, dims: [])

    /// Numbers in one row, or in the whole when there are no rows.
    public var width: Int { dims.reduce(1, *) }

    public var description: String {
        let extents = (rows.map { [$0.name] } ?? []) + dims.map(String.init)
        return "[" + extents.joined(separator: ", ") + "]" + (layout == .channelsLast ? " channels last" : "")
    }
}

/// The order of the numbers of an image `[C, H, W]`.
public enum Layout: UInt8, Hashable, Sendable {
    /// As the dimensions say.
    case plain
    /// A pixel's channels side by side: `[H, W, C]`. So convolutions read and leave images, and so does what follows them.
    case channelsLast
}
