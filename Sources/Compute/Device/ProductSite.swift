/// A product, a convolution or the derivative of one by its weight, as far as its speed depends on it: what tunings choose
/// a kernel for.
package struct ProductSite: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// y[rows, columns] = x[rows, depth]·wᵀ, w [columns, depth].
        case product(depth: Int, columns: Int)
        /// y[rows, columns] = x[rows, depth]·w, w [depth, columns].
        case productTransposed(depth: Int, columns: Int)
        /// w[height, width] = aᵀ·c over rows.
        case outerProduct(height: Int, width: Int)
        case patchProduct(PatchGrid)
        case patchProductTransposed(PatchGrid)
        case patchOuterProduct(PatchGrid)
    }

    let kind: Kind
    let rows: Int
    /// Workers that share it.
    let threads: Int

    /// - Returns: nil for what is no product.
    init?(_ entry: Graph.Entry, rows: [Rows: Int], threads: Int) {
        let inputs = entry.inputs
        let width = entry.node.shape.width
        switch entry.operation.kernel {
        case .product: kind = .product(depth: inputs[0].shape.width, columns: width)
        case .productTransposed: kind = .productTransposed(depth: inputs[0].shape.width, columns: width)
        case .outerProduct: kind = .outerProduct(height: inputs[0].shape.width, width: inputs[1].shape.width)
        case .patchProduct(let grid): kind = .patchProduct(grid)
        case .patchProductTransposed(let grid): kind = .patchProductTransposed(grid)
        case .patchOuterProduct(let grid): kind = .patchOuterProduct(grid)
        default: return nil
        }
        self.rows = rows[inputs[0].shape.rows!]!
        self.threads = threads
    }

    init(_ kind: Kind, rows: Int, threads: Int) { (self.kind, self.rows, self.threads) = (kind, rows, threads) }

    /// The same site with fewer rows.
    func with(rows: Int) -> ProductSite { ProductSite(kind, rows: rows, threads: threads) }

    /// Multiplications and additions of one run.
    package var operations: Int {
        switch kind {
        case .product(let a, let b), .productTransposed(let a, let b), .outerProduct(let a, let b): 2 * rows * a * b
        case .patchProduct(let grid), .patchProductTransposed(let grid), .patchOuterProduct(let grid):
            2 * rows * grid.multiplications
        }
    }

    /// Numbers of the weight.
    var weightCount: Int {
        switch kind {
        case .product(let a, let b), .productTransposed(let a, let b), .outerProduct(let a, let b): a * b
        case .patchProduct(let grid), .patchProductTransposed(let grid), .patchOuterProduct(let grid):
            grid.weightDims.reduce(1, *)
        }
    }

    /// For instance “product 640×256→64”.
    package var layer: String {
        switch kind {
        case .product(let depth, let columns): "product \(rows)×\(depth)→\(columns)"
        case .productTransposed(let depth, let columns): "product by the transpose \(rows)×\(depth)→\(columns)"
        case .outerProduct(let height, let width): "outer product \(rows)×\(height)×\(width)"
        case .patchProduct(let grid): "convolution \(rows)×\(grid.summary)"
        case .patchProductTransposed(let grid): "transpose convolution \(rows)×\(grid.summary)"
        case .patchOuterProduct(let grid): "convolution's weight gradient \(rows)×\(grid.summary)"
        }
    }

    /// What a tuning knows the site by.
    package var key: String { "\(layer), \(threads) thread\(threads == 1 ? "" : "s")" }
}

extension PatchGrid {
    /// Image, grid and kernel in a few words.
    var summary: String {
        let border = padding == 0 ? "" : ", padding \(padding)"
        return
            "(\(channels)×\(height)×\(width) ↔ \(features)×\(gridHeight)×\(gridWidth), kernel \(kernelHeight)×\(kernelWidth)/\(stride)\(border))"
    }
}
