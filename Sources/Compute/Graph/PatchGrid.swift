/// An image [channels, height, width] seen as a grid of patches; at each place of the grid `features` numbers.
/// A convolution goes from the image to the grid, a transpose convolution from the grid to the image; each is the other's
/// derivative. The weight is [features, channels, kernelHeight, kernelWidth] for both, as PyTorch's.
package struct PatchGrid: Hashable, Sendable {
    package let channels: Int
    package let height: Int
    package let width: Int
    package let kernelHeight: Int
    package let kernelWidth: Int
    package let stride: Int
    package let padding: Int
    package let gridHeight: Int
    package let gridWidth: Int
    package let features: Int

    /// The grid of a convolution of an image [C, H, W] with a weight [O, C, kh, kw].
    init(image: Shape, weight: Shape, stride: Int, padding: Int) {
        let (i, w) = (image.dims, weight.dims)
        demand(
            image.rows != nil && i.count == 3 && weight.rows == nil && w.count == 4 && w[1] == i[0] && stride > 0 && padding >= 0
                && i[1] + 2 * padding >= w[2] && i[2] + 2 * padding >= w[3],
            "a convolution needs x [R, C, H, W] and a weight [O, C, kh, kw] that fits in, got \(image) and \(weight), padding \(padding)")
        (channels, height, width) = (i[0], i[1], i[2])
        (features, kernelHeight, kernelWidth) = (w[0], w[2], w[3])
        (self.stride, self.padding) = (stride, padding)
        gridHeight = (height + 2 * padding - kernelHeight) / stride + 1
        gridWidth = (width + 2 * padding - kernelWidth) / stride + 1
    }

    /// The grid of a pooling of an image [C, H, W]: its features are the channels. Each patch holds a pixel of the image.
    init(image: Shape, kernel: Int, stride: Int, padding: Int) {
        let i = image.dims
        demand(
            image.rows != nil && i.count == 3 && stride > 0 && padding >= 0 && 2 * padding <= kernel
                && min(i[1], i[2]) + 2 * padding >= kernel,
            "pooling needs x [R, C, H, W], a kernel that fits in and a padding of at most half of it, got \(image), \(kernel) and \(padding)"
        )
        (channels, height, width) = (i[0], i[1], i[2])
        (features, kernelHeight, kernelWidth) = (i[0], kernel, kernel)
        (self.stride, self.padding) = (stride, padding)
        gridHeight = (height + 2 * padding - kernel) / stride + 1
        gridWidth = (width + 2 * padding - kernel) / stride + 1
    }

    /// The grid of a transpose convolution of [C, H, W] with a weight [C, O, kh, kw].
    init(places x: Shape, weight: Shape, stride: Int, padding: Int, outputPadding: Int) {
        let (p, w) = (x.dims, weight.dims)
        demand(
            x.rows != nil && p.count == 3 && weight.rows == nil && w.count == 4 && w[0] == p[0] && stride > 0 && padding >= 0
                && (0..<stride).contains(outputPadding),
            "a transpose convolution needs x [R, C, H, W], a weight [C, O, kh, kw] and an output padding below the stride, got \(x) and \(weight)"
        )
        (features, gridHeight, gridWidth) = (p[0], p[1], p[2])
        (channels, kernelHeight, kernelWidth) = (w[1], w[2], w[3])
        (self.stride, self.padding) = (stride, padding)
        height = (gridHeight - 1) * stride - 2 * padding + kernelHeight + outputPadding
        width = (gridWidth - 1) * stride - 2 * padding + kernelWidth + outputPadding
        demand(height > 0 && width > 0, "padding \(padding) leaves nothing of \(x)")
    }

    var imageDims: [Int] { [channels, height, width] }
    var gridDims: [Int] { [features, gridHeight, gridWidth] }
    var weightDims: [Int] { [features, channels, kernelHeight, kernelWidth] }
    /// Multiplications of one row.
    package var multiplications: Int { gridHeight * gridWidth * features * channels * kernelHeight * kernelWidth }

    /// Calls the body for every pair of a place of the grid and a pixel under its patch, with their index in a row
    /// (channels last) for feature and channel 0, and the tap.
    func forEachTap(_ body: (_ place: Int, _ pixel: Int, _ tap: Int) -> Void) {
        for gy in 0..<gridHeight {
            for gx in 0..<gridWidth {
                for ky in 0..<kernelHeight {
                    for kx in 0..<kernelWidth {
                        let y = gy * stride + ky - padding
                        let x = gx * stride + kx - padding
                        guard y >= 0, y < height, x >= 0, x < width else { continue }
                        body((gy * gridWidth + gx) * features, (y * width + x) * channels, ky * kernelWidth + kx)
                    }
                }
            }
        }
    }

    /// Index in the weight.
    func weightIndex(_ feature: Int, _ channel: Int, _ tap: Int) -> Int {
        (feature * channels + channel) * kernelHeight * kernelWidth + tap
    }
}
