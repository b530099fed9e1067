/// Every choice that changes the order of a sum, and so bits. With the same tuning the same program gives the same bits on
/// the same type of CPU. `fixed` needs no timing and is the same everywhere; choices by timing are kept beside it, by site,
/// and can be stored and read again.
package struct Tuning: Hashable, Sendable, Codable {
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
    /// What computes convolutions, where the device has it; nil: what the device prefers.
    package var convolutions: KernelName?

    /// What was chosen by timing, by `ProductSite.key`.
    package var choices: [String: Choice] = [:]
    /// The device that the choices hold for, as it names itself; nil before any were made.
    package var device: String?
    /// Whether a plan times the sites that it finds no choice for.
    package var isTimed = false

    package init() {}

    /// The table used in serial mode and in tests: nothing is timed, and thread counts change nothing.
    package static let fixed = Tuning()

    /// `fixed`, but plans time what they don't know yet.
    package static let timed = {
        var tuning = Tuning()
        tuning.isTimed = true
        return tuning
    }()

    /// A kernel and what it was chosen from.
    package struct Choice: Hashable, Sendable, Codable {
        package let kernel: KernelName
        /// Medians of alternating runs, by kernel, in microseconds.
        package let microseconds: [String: Double]

        package init(kernel: KernelName, microseconds: [String: Double]) {
            self.kernel = kernel
            self.microseconds = microseconds
        }
    }

    /// The kernel of a site: the choice by timing if the device has it, or what the device uses otherwise.
    func kernel(for site: ProductSite, on device: any Device) -> KernelName {
        if let chosen = choices[site.key]?.kernel, device.kernels(for: site).contains(chosen) { return chosen }
        return device.usualKernel(for: site, tuning: self)
    }
}
