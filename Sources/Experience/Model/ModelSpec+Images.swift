extension ModelSpec {
    /// Size of an image `[C, H, W]`.
    public struct Image: Hashable, Sendable {
        /// Planes.
        public var channels: Int
        /// Rows of a plane.
        public var height: Int
        /// Columns of a plane.
        public var width: Int

        public init(channels: Int, height: Int, width: Int) {
            self.channels = channels
            self.height = height
            self.width = width
        }

        /// Numbers in it.
        public var count: Int { channels * height * width }
        var dims: [Int] { [channels, height, width] }
    }

    /// A convolution with a square kernel; sizes and padding as PyTorch's `Conv2d`.
    public struct Convolution: Hashable, Sendable {
        /// Channels that it gives.
        public var channels: Int
        /// Rows and columns of the window.
        public var kernel: Int
        /// Rows and columns from one window to the next.
        public var stride: Int
        /// Zeros around the image, on each side.
        public var padding: Int

        public init(_ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
            self.channels = channels
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
        }

        /// What it makes of an image; nil when the kernel is larger than the padded image.
        func callAsFunction(_ image: Image) -> Image? {
            let (height, width) = (image.height + 2 * padding, image.width + 2 * padding)
            guard height >= kernel, width >= kernel else { return nil }
            return Image(channels: channels, height: (height - kernel) / stride + 1, width: (width - kernel) / stride + 1)
        }

        /// The transpose convolution that leads back to `image`; nil when the sides of a picture that is no square
        /// would need different output paddings.
        func mirrored(to image: Image) -> TransposeConvolution? {
            let rest = (image.height + 2 * padding - kernel) % stride
            guard rest == (image.width + 2 * padding - kernel) % stride else { return nil }
            return TransposeConvolution(
                image.channels, kernel: kernel, stride: stride, padding: padding, outputPadding: rest)
        }
    }

    /// A transpose convolution with a square kernel; sizes and paddings as PyTorch's `ConvTranspose2d`.
    public struct TransposeConvolution: Hashable, Sendable {
        /// Channels that it gives.
        public var channels: Int
        /// Rows and columns of the window.
        public var kernel: Int
        /// Rows and columns from one window to the next.
        public var stride: Int
        /// Rows and columns cut off on each side.
        public var padding: Int
        /// Rows and columns more at the far sides; less than the stride.
        public var outputPadding: Int

        public init(_ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0) {
            self.channels = channels
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.outputPadding = outputPadding
        }

        /// What it makes of an image; nil when nothing is left of it or the output padding is not below the stride.
        func callAsFunction(_ image: Image) -> Image? {
            func side(_ side: Int) -> Int { (side - 1) * stride - 2 * padding + kernel + outputPadding }
            let (height, width) = (side(image.height), side(image.width))
            guard height > 0, width > 0, outputPadding < stride else { return nil }
            return Image(channels: channels, height: height, width: width)
        }
    }
}

extension ObservationSpec.Part {
    /// It as an image; nil when it hasn't three dimensions.
    var image: ModelSpec.Image? {
        shape.count == 3 ? ModelSpec.Image(channels: shape[0], height: shape[1], width: shape[2]) : nil
    }
}
