/// Where each parameter lies in one flat array: in the order of declaration, each at a multiple of 64 bytes.
/// Gradients and optimiser state have the same layout. Padding is 0.
public struct ParameterLayout: Hashable, Sendable {
    /// One parameter and its place.
    public struct Slot: Hashable, Sendable {
        /// `module.layer.weight`, as checkpoints name it.
        public let name: String
        /// As PyTorch's: `[out, in]`, `[out, in, k, k]`.
        public let dims: [Int]
        /// In floats.
        public let offset: Int
        /// In floats.
        public let count: Int
        /// What it begins with.
        public let initial: Initializer
    }

    /// Floats in 64 bytes: a cache line, and the widest vector register.
    public static let alignment = 16

    /// In the order of the block.
    public private(set) var slots: [Slot] = []
    /// Floats, padding included.
    public private(set) var count = 0

    public init() {}

    mutating func append(name: String, dims: [Int], initial: Initializer) {
        let size = dims.reduce(1, *)
        slots.append(Slot(name: name, dims: dims, offset: count, count: size, initial: initial))
        count += (size + Self.alignment - 1) / Self.alignment * Self.alignment
    }

    /// - Returns: nil where there is none of that name.
    public func slot(named name: String) -> Slot? { slots.first { $0.name == name } }
}
