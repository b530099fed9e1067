/// Where each parameter lies in one flat array: in the order of declaration, each at a multiple of 64 bytes.
/// Gradients and optimiser state have the same layout. Padding is 0.
package struct ParameterLayout: Hashable, Sendable {
    package struct Slot: Hashable, Sendable {
        package let name: String
        package let dims: [Int]
        /// In floats.
        package let offset: Int
        /// In floats.
        package let count: Int
        package let initial: Initializer
    }

    /// Floats in 64 bytes: a cache line, and the widest vector register.
    package static let alignment = 16

    package private(set) var slots: [Slot] = []
    /// Floats, padding included.
    package private(set) var count = 0

    package init() {}

    mutating func append(name: String, dims: [Int], initial: Initializer) {
        let size = dims.reduce(1, *)
        slots.append(Slot(name: name, dims: dims, offset: count, count: size, initial: initial))
        count += (size + Self.alignment - 1) / Self.alignment * Self.alignment
    }

    package func slot(named name: String) -> Slot? { slots.first { $0.name == name } }
}
