/// Which kernel computes a product or convolution of a plan, and how much work it is: for benches.
package struct KernelChoice: Hashable, Sendable {
    package let stage: Stage
    /// For instance “product 640×256→64”.
    package let layer: String
    package let kernel: String
    /// Multiplications and additions of one run.
    package let operations: Int
    /// What the candidates took, by kernel, if timing chose.
    package let microseconds: [String: Double]?
}
