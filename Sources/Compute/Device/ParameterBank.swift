import Synchronization

/// One flat, 64-byte-aligned array of parameters. A plan takes it as an argument of each run, so an actor swaps banks at
/// an unroll boundary and a target network is a second bank.
///
/// `@unchecked Sendable`: a bank may be handed from thread to thread, but is used by one at a time.
package final class ParameterBank: @unchecked Sendable {
    /// Floats, padding included.
    package let count: Int
    private let storage: UnsafeMutablePointer<Float>
    /// Different after every change, over all banks of the process: tells plans when to pack again.
    package private(set) var revision: UInt64

    private static let revisions = Atomic<UInt64>(1)

    /// A bank of zeros.
    package init(count: Int) {
        precondition(count >= 0, "a bank cannot have \(count) floats")
        self.count = count
        // Kernels read up to one vector past the end.
        let capacity = (count + 2 * ParameterLayout.alignment) * MemoryLayout<Float>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
        storage = raw.assumingMemoryBound(to: Float.self)
        revision = Self.revisions.wrappingAdd(1, ordering: .relaxed).newValue
    }

    package convenience init(_ layout: ParameterLayout) { self.init(count: layout.count) }

    /// A bank with the initial values of a layout.
    package convenience init(_ layout: ParameterLayout, seed: UInt64) {
        self.init(count: layout.count)
        let values = layout.initial(seed: seed)
        values.withUnsafeBytes { copy(from: $0) }
    }

    deinit { UnsafeMutableRawPointer(storage).deallocate() }

    package func withUnsafeBufferPointer<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try body(UnsafeBufferPointer(start: storage, count: count))
    }

    package func withUnsafeMutableBufferPointer<R>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
    ) rethrows -> R {
        defer { revision = Self.revisions.wrappingAdd(1, ordering: .relaxed).newValue }
        return try body(UnsafeMutableBufferPointer(start: storage, count: count))
    }

    /// Fills the bank from bytes (little-endian floats), which must have its size. They need not be aligned.
    package func copy(from bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == count * 4, "a bank of \(count * 4) bytes cannot take \(bytes.count)")
        withUnsafeMutableBufferPointer { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
    }

    var base: UnsafePointer<Float> { UnsafePointer(storage) }
}

/// The banks of a run.
package struct ParameterBanks {
    package let online: ParameterBank
    /// Needed by graphs that read it.
    package let target: ParameterBank?

    package init(_ online: ParameterBank, target: ParameterBank? = nil) { (self.online, self.target) = (online, target) }
}
