/// Something that runs programs.
package protocol Device: Sendable {
    /// Lays out all buffers and turns the program into this device's instructions.
    func compile(_ program: Program, tuning: Tuning) throws(ComputeError) -> any Executable

    /// What choices by timing hold for: hardware and versions of libraries, in a few words.
    var name: String { get }

    /// The kernels that it has for a product or convolution. Only where there are several does timing choose.
    func kernels(for site: ProductSite) -> [ProductKernel]

    /// The kernel that computes a site unless timing chose another: a table, the same whatever the machine is busy with.
    func usualKernel(for site: ProductSite, tuning: Tuning) -> ProductKernel
}

/// A program made ready for one device. One thread at a time; called a few times per step, so dispatch costs nothing.
package protocol Executable: AnyObject {
    /// The host's side of an input, for the maximal rows. Valid as long as the executable.
    func buffer(ofInput id: Int32) -> UnsafeMutableRawBufferPointer
    /// The host's side of an output.
    func buffer(ofOutput id: Int32) -> UnsafeBufferPointer<Float>
    /// Flat gradients in the layout's offsets; empty if the graph was not differentiated.
    var gradients: UnsafeBufferPointer<Float> { get }
    /// Bytes of all buffers but parameters.
    var arenaByteCount: Int { get }
    /// The kernels chosen for products and convolutions.
    var choices: [KernelChoice] { get }
    /// Runs a stage for the first `rows` rows; nil means all.
    func run(_ stage: Stage, with parameters: ParameterBank, rows: Int?)
}
