/// Which parameters: the learner's start that made them, and their update within the run.
public struct ParameterVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Raised by every start of the learner, stored before it binds: versions minted again after a crash differ.
    public var generation: UInt32
    /// Optimiser updates since the beginning of the run, at most `updateLimit`.
    public var update: UInt64

    /// No run gets as far; sums and differences of updates never overflow.
    package static let updateLimit: UInt64 = 1 << 40

    public init(generation: UInt32, update: UInt64) {
        self.generation = generation
        self.update = update
    }

    public static func < (a: Self, b: Self) -> Bool { (a.generation, a.update) < (b.generation, b.update) }

    /// `generation.update`, also the name of a checkpoint's folder.
    public var description: String { "\(generation).\(update)" }
}
