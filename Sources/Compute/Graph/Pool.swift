/// What a pooling kernel does over the patches of an image, channel by channel.
package struct Pool: Hashable, Sendable {
    package enum Part: UInt8, Hashable, Sendable {
        /// The largest number of each patch. Input: image.
        case largest
        /// The second image's number where the first is largest. Inputs: two images.
        case valueOfLargest
        /// A number per patch goes to the pixel where the image is largest. Inputs: image, numbers.
        case gradient
    }

    package let grid: PatchGrid
    package let part: Part
}
