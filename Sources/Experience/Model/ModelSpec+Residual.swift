extension ModelSpec {
    /// A section of the deep network of IMPALA (Espeholt et al. 2018, fig. 3 right): a convolution 3×3, max pooling 3×3 with
    /// stride 2, and residual blocks x + conv(a(conv(a(x)))) of convolutions 3×3, a the activation. Everything is padded by 1
    /// on each side, so a section halves an image and rounds up.
    ///
    /// (The paper's code pads poolings of even sides at the far side alone, as TensorFlow's "SAME"; sizes are the same.)
    ///
    /// A decoder's section is the same backwards: the blocks, then a transpose convolution 3×3 with stride 2 in the place of
    /// pooling and convolution, which gives the channels of the section before and the size of its image.
    public struct ResidualSection: Hashable, Sendable {
        /// Channels of its blocks.
        public var channels: Int
        /// Number of its blocks.
        public var blocks: Int

        public init(_ channels: Int, blocks: Int = 2) {
            self.channels = channels
            self.blocks = blocks
        }

        /// The convolutions of blocks and of an encoder's section keep an image's size.
        static func convolution(_ channels: Int) -> Convolution { Convolution(channels, kernel: 3, padding: 1) }

        /// Of an encoder's section.
        static let pool = (kernel: 3, stride: 2, padding: 1)

        /// What the section makes of an encoder's image.
        func callAsFunction(_ image: Image) -> Image {
            Image(channels: channels, height: (image.height + 1) / 2, width: (image.width + 1) / 2)
        }

        /// The transpose convolution that leads from what the section makes of `image` back to it; nil when one side of
        /// it is even and the other odd.
        static func upsampling(to image: Image) -> TransposeConvolution? {
            guard image.height % 2 == image.width % 2 else { return nil }
            return TransposeConvolution(
                image.channels, kernel: 3, stride: 2, padding: 1, outputPadding: 1 - image.height % 2)
        }
    }

    /// The images between a residual encoder's sections, the observation's first and the last section's last. A decoder's
    /// sections go through the same images from the last to the first.
    static func images(_ sections: [ResidualSection], from observation: Image) -> [Image] {
        sections.reduce(into: [observation]) { $0.append($1($0[$0.count - 1])) }
    }
}
