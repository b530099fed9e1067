/// A symbolic number of rows, bound to a number when a plan is made.
package struct Rows: Hashable, Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    /// (T+1)·B rows of a batch of unrolls.
    package static let unroll = Rows("unroll")
    /// Observations drawn from the reservoir for the autoencoder alone.
    package static let reservoir = Rows("reservoir")
    /// Environments stepped at once by an actor.
    package static let acting = Rows("acting")
}

/// The extent of a value: optionally one symbolic row extent, then fixed dimensions.
///
/// Rows are independent of each other in every operation but the sums over rows; that is what lets a plan
/// split them over tiles and threads.
package struct Shape: Hashable, Sendable, CustomStringConvertible {
    /// nil: a parameter, or something summed over all rows.
    package var rows: Rows?
    package var dims: [Int]

    package init(rows: Rows?, dims: [Int]) {
        precondition(dims.allSatisfy { $0 > 0 }, "dimensions must be positive, got \(dims)")
        self.rows = rows
        self.dims = dims
    }

    /// `[rows, dims…]`; without dims one number per row.
    package static func perRow(_ rows: Rows, _ dims: Int...) -> Shape { Shape(rows: rows, dims: dims) }

    /// One number.
    package static let scalar = Shape(rows: nil, dims: [])

    /// Numbers in one row, or in the whole when there are no rows.
    package var width: Int { dims.reduce(1, *) }

    package var description: String {
        "[" + ((rows.map { [$0.name] } ?? []) + dims.map(String.init)).joined(separator: ", ") + "]"
    }
}
