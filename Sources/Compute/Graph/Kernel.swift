/// The closed set of things a device must be able to do. Operations are open, this is not: a new device implements
/// these and nothing else.
package enum Kernel: Sendable {
    /// An input port or a parameter: nothing to compute.
    case source
    /// One number everywhere.
    case constant(Float)
    /// A fixed vector.
    case table([Float])
    /// The same value as the first input, under another name or shape.
    case alias
    /// Something that reads and writes one row at a time; neighbours in the program are fused.
    case map(MapOperation)
    /// y[r, n] = Σ_k x[r, k]·w[n, k] (+ bias[n]). Inputs: x, w, and optionally bias.
    case product
    /// dx[r, k] = Σ_n dy[r, n]·w[n, k]. Inputs: dy, w.
    case productTransposed
    /// dw[n, k] = Σ_r dy[r, n]·x[r, k], summed over tiles of rows in their order. Inputs: dy, x.
    case outerProduct
    /// Σ over rows, over tiles of rows in their order; of images (channels last) over their pixels too if the output is as
    /// wide as a pixel.
    case sumRows
    /// y[r, p, n] = Σ_k patch(x[r])[p, k]·w[n, k] (+ bias[n]): a convolution. Inputs: image, w, and optionally bias.
    case patchProduct(PatchGrid)
    /// image[r] = Σ of the patches x[r, p, n]·w[n, k] where they lie (+ bias[channel]). Inputs: x, w, and optionally bias.
    case patchProductTransposed(PatchGrid)
    /// dw[n, k] = Σ_{r, p} x[r, p, n]·patch(image[r])[p, k]. Inputs: x, image.
    case patchOuterProduct(PatchGrid)
    /// Max pooling or its derivative. Inputs: image, and what the part says.
    case pool(Pool)
    /// table[v] = Σ of the parts of dy whose id is v. Inputs: dy `[R, N·E]`, ids `[R, N]`, integers or floats.
    case addNamedRows(isInteger: Bool)
    /// Steps of a recurrent layer, one after the other.
    case scan(Scan)
}
