/// Where each parameter lies in one flat array: in the order of declaration, each at a multiple of 64 bytes.
/// Gradients and optimiser state have the same layout. Padding is 0.
public struct ParameterLayout: Hashable, Sendable {
    public struct Slot: Hashable, Sendable {
        public let name: String
        public let dims: [Int]
        /// In floats.
        public let offset: Int
        /// In floats.
        public let count: Int
        public let initial: Initializer
    }

    /// Floats in 64 bytes: a cache line, and the widest vector register.
    public static let alignment = 16

    public private(set) var slots: [Slot] = []
    /// Floats, padding included.
    public private(set) var count = 0

    public init() {}

    mutating func append(name: String, dims: [Int], initial: Initializer) {
        let size = dims.reduce(1, *)
        slots.append(Slot(name: name, dims: dims, offset: count, count: size, initial: initial))
        count += (size + Self.alignment - 1) / Self.alignment * Self.alignment
    }

    public func slot(named name: String) -> Slot? { slots.first { $0.name == name } }
}
