/// Allocations of the calling thread during a step. Counting needs the C library's functions replaced, which the product
/// doesn't do: a program that links Starling's counter says how.
package struct AllocationCounts: Hashable, Sendable, Encodable {
    /// The program's and the Swift runtime's.
    package let own: UInt64
    /// oneDNN's, OpenMP's and the C library's.
    package let libraries: UInt64

    package init(own: UInt64, libraries: UInt64) { (self.own, self.libraries) = (own, libraries) }

    /// Counts while the body runs.
    package typealias Counter = (_ body: () -> Void) -> AllocationCounts
}
