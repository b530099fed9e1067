/// A value in double precision, rows first. Integers keep their bits beside it.
package struct ReferenceTensor: Sendable {
    /// 1 for what has no rows.
    package let rowCount: Int
    package let dims: [Int]
    package var values: [Double]
    /// The bits of integer inputs; empty otherwise.
    package var bits: [UInt64] = []

    package init(rowCount: Int, dims: [Int], values: [Double]? = nil) {
        self.rowCount = rowCount
        self.dims = dims
        let count = rowCount * dims.reduce(1, *)
        precondition(values == nil || values!.count == count, "\(count) values are needed")
        self.values = values ?? Array(repeating: 0, count: count)
    }

    /// Numbers in one row.
    package var width: Int { dims.reduce(1, *) }

    package subscript(row: Int, column: Int) -> Double {
        get { values[row * width + column] }
        set { values[row * width + column] = newValue }
    }
}
