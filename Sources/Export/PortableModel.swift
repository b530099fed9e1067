/// A model as a list of steps that any library of arrays can take: what ONNX, PyTorch and `starling_policy.py` are written from.
///
/// It is made of the graph that actors run, so what leaves is what acts. A layer that a graph can hold is exported as soon as the
/// kernels that it is made of are.
package struct PortableModel: Sendable {
    package enum Scalar: String, Encodable, Sendable { case float32, uint8, int64 }

    /// Something with a name: an input, a parameter, or what a step makes.
    package struct Value: Hashable, Encodable, Sendable {
        private enum CodingKeys: String, CodingKey { case name, dims, scalar }

        package let name: String
        /// Without rows.
        package let dims: [Int]
        /// Whether there is one for every row: then `[R, dims…]`.
        package let hasRows: Bool
        package let scalar: Scalar

        package init(name: String, dims: [Int], hasRows: Bool, scalar: Scalar = .float32) {
            (self.name, self.dims, self.hasRows, self.scalar) = (name, dims, hasRows, scalar)
        }

        var width: Int { dims.reduce(1, *) }
    }

    package struct Step: Sendable {
        package let operation: PortableOperation
        package let inputs: [Value]
        package let output: Value
    }

    package struct Output: Sendable {
        package let name: String
        package let value: Value
    }

    package let inputs: [Value]
    /// In the order of their use.
    package let parameters: [Value]
    package let steps: [Step]
    package let outputs: [Output]
}
