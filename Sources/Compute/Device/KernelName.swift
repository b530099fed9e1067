/// One of a device's ways to compute a product or convolution, as it names it: what timing chooses and tunings keep.
package struct KernelName: Hashable, Sendable, Codable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    package init(from decoder: any Decoder) throws { description = try decoder.singleValueContainer().decode(String.self) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
