// Which kernel computes what, from measurements.
extension CPUDevice {
    package func kernels(for site: ProductSite) -> [KernelName] { cpuKernels(for: site).map(\.name) }

    package func sharesColumns(_ kernel: KernelName) -> Bool { CPUKernel(kernel).isShared }

    package func usualKernel(for site: ProductSite, tuning: Tuning) -> KernelName { usualCPUKernel(for: site, tuning: tuning).name }

    private func cpuKernels(for site: ProductSite) -> [CPUKernel] {
        switch site.kind {
        case .product, .productTransposed, .outerProduct: [.tiles, .library, .columns]
        case .patchProduct(let grid), .patchProductTransposed(let grid): grid.canUnfold ? [.patches, .unfolded] : [.patches]
        case .patchOuterProduct: [.channels]
        }
    }

    private func usualCPUKernel(for site: ProductSite, tuning: Tuning) -> CPUKernel {
        switch site.kind {
        case .product(let depth, let columns), .productTransposed(let depth, let columns):
            if site.weightCount >= tuning.smallestSharedProduct { return .columns }
            return max(depth, columns) <= tuning.largestSmallProduct ? .tiles : .library
        case .outerProduct(let height, let width):
            if site.weightCount >= tuning.smallestSharedSum { return .columns }
            return max(height, width) <= tuning.largestSmallProduct ? .tiles : .library
        case .patchProduct(let grid), .patchProductTransposed(let grid):
            return grid.canUnfold ? tuning.convolutions.map { CPUKernel($0) } ?? .patches : .patches
        case .patchOuterProduct: return .channels
        }
    }
}

extension PatchGrid {
    /// oneDNN's product rounds a row otherwise among few rows than among many: a sample must have enough places.
    fileprivate var canUnfold: Bool { gridHeight * gridWidth >= OneDNN.fewestRows }
}

extension CPUKernel {
    /// - Precondition: it is one of the CPU's, as `Tuning.kernel` makes sure.
    init(_ name: KernelName) {
        guard let kernel = CPUKernel(rawValue: name.description) else { preconditionFailure("the CPU has no kernel \(name)") }
        self = kernel
    }
}

extension Step.Product {
    var cpuKernel: CPUKernel { CPUKernel(kernel) }
}
