// Which kernel computes what, from measurements.
extension CPUDevice {
    package func kernels(for site: ProductSite) -> [ProductKernel] {
        switch site.kind {
        case .product, .productTransposed, .outerProduct: [.tiles, .library, .columns]
        case .patchProduct(let grid), .patchProductTransposed(let grid): grid.canUnfold ? [.patches, .unfolded] : [.patches]
        case .patchOuterProduct: [.channels]
        }
    }

    package func usualKernel(for site: ProductSite, tuning: Tuning) -> ProductKernel {
        switch site.kind {
        case .product(let depth, let columns), .productTransposed(let depth, let columns):
            if site.weightCount >= tuning.smallestSharedProduct { return .columns }
            return max(depth, columns) <= tuning.largestSmallProduct ? .tiles : .library
        case .outerProduct(let height, let width):
            if site.weightCount >= tuning.smallestSharedSum { return .columns }
            return max(height, width) <= tuning.largestSmallProduct ? .tiles : .library
        case .patchProduct(let grid), .patchProductTransposed(let grid):
            return grid.canUnfold ? tuning.convolutions : .patches
        case .patchOuterProduct: return .channels
        }
    }
}

extension PatchGrid {
    /// oneDNN's product rounds a row otherwise among few rows than among many: a sample must have enough places.
    fileprivate var canUnfold: Bool { gridHeight * gridWidth >= OneDNN.fewestRows }
}
