/// Named arrays as bytes, in the format of Hugging Face's `safetensors`
/// (https://github.com/huggingface/safetensors#format): the header's length as little-endian UInt64, the header as
/// JSON, then the arrays without holes.
package struct SafetensorsFile: Hashable, Sendable {
    package var arrays: [NamedArray]
    /// Free words about the file.
    package var metadata: [String: String]

    package init(_ arrays: [NamedArray], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }

    /// The array of this name.
    package subscript(name: String) -> NamedArray? { arrays.first { $0.name == name } }
}
