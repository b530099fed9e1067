/// How often environments that are stepped in processes of their own had to be begun anew, by cause.
package struct EnvironmentFaults: Hashable, Sendable {
    /// An exception.
    package var raised: UInt64 = 0
    /// The process ended.
    package var died: UInt64 = 0
    /// A step took longer than it may.
    package var hung: UInt64 = 0
    /// A step gave what no step may give.
    package var invalid: UInt64 = 0

    package init() {}

    /// Sums wrap, as those of times.
    package static func &+= (a: inout Self, b: Self) {
        a.raised &+= b.raised
        a.died &+= b.died
        a.hung &+= b.hung
        a.invalid &+= b.invalid
    }
}
