package import StarlingThreads

/// Something that runs programs, and moves parameters.
package protocol Device: Sendable {
    /// Lays out all buffers and turns the program into this device's instructions.
    func compile(_ program: Program, tuning: Tuning) throws(ComputeError) -> any Executable

    /// What choices by timing hold for: hardware and versions of libraries, in a few words.
    var name: String { get }

    /// The kernels that it has for a product or convolution. Only where there are several does timing choose.
    func kernels(for site: ProductSite) -> [KernelName]

    /// The kernel that computes a site unless timing chose another: a table, the same whatever the machine is busy with.
    func usualKernel(for site: ProductSite, tuning: Tuning) -> KernelName

    /// Whether workers of a team share the output's columns or channels rather than its rows where this kernel computes it.
    func sharesColumns(_ kernel: KernelName) -> Bool

    // Updates, over ranges of flat arrays in a parameter layout.

    /// Σ g² over the ranges, in their order.
    func squaredNorm(_ gradients: UnsafeBufferPointer<Float>, over ranges: [Range<Int>]) -> Double

    /// Moves parameters against gradients, once.
    /// - Parameter state: what the rule keeps between steps, in the order of its `stateNames`.
    func apply(
        _ step: UpdateStep, to parameters: ParameterBank, gradients: UnsafeBufferPointer<Float>, state: [ParameterBank],
        over ranges: [Range<Int>], team: WorkerTeam?)

    /// target = (1 − share)·target + share·source; a copy where share is 1.
    func average(_ source: ParameterBank, into target: ParameterBank, share: Float, over ranges: [Range<Int>])
}

/// A program made ready for one device. One thread at a time; called a few times per step, so dispatch costs nothing.
package protocol Executable: AnyObject {
    /// The host's side of an input, for the maximal rows. Valid as long as the executable.
    func buffer(ofInput id: Int32) -> UnsafeMutableRawBufferPointer
    /// The host's side of an output.
    func buffer(ofOutput id: Int32) -> UnsafeBufferPointer<Float>
    /// The gradients of a derivative, by its number: flat, in the layout's offsets, 0 where there is none.
    func gradients(_ set: Int) -> UnsafeBufferPointer<Float>
    /// Bytes of all buffers but parameters.
    var arenaByteCount: Int { get }
    /// The kernels chosen for products and convolutions.
    var choices: [KernelChoice] { get }
    /// Runs a stage for the first `rows` rows; nil means all.
    func run(_ stage: Stage, with banks: ParameterBanks, rows: Int?)
}
