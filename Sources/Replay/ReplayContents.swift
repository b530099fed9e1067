package import StarlingExperience
package import StarlingSafetensors

/// What a replay buffer holds at one moment, without a copy of its unrolls.
package struct ReplayContents: Sendable {
    /// Unrolls.
    package let count: Int
    /// Unrolls that were ever inserted.
    package let inserted: UInt64
    /// Numbers that were ever drawn.
    package let draws: UInt64
    /// The largest priority that was ever given.
    package let largest: Float
    let entries: PieceList
    /// Of every step; nil without priorities.
    let priorities: [Float]?

    private static let unrollName = "replay.unrolls"
    private static let priorityName = "replay.priorities"

    init(count: Int, inserted: UInt64, draws: UInt64, largest: Float, entries: PieceList, priorities: [Float]?) {
        (self.count, self.inserted, self.draws, self.largest) = (count, inserted, draws, largest)
        (self.entries, self.priorities) = (entries, priorities)
    }

    /// From the arrays of a checkpoint; nil where they aren't there.
    package init?(_ arrays: [NamedArray], inserted: UInt64, draws: UInt64, largest: Float) {
        guard let unrolls = arrays.first(where: { $0.name == Self.unrollName }), let entries = PieceList(unrolls) else { return nil }
        let priorities = arrays.first { $0.name == Self.priorityName }
        self.init(
            count: unrolls.shape[0], inserted: inserted, draws: draws, largest: largest, entries: entries,
            priorities: priorities.flatMap { $0.values(as: Float.self) })
    }

    /// The unrolls, to be looked at; nil where they have another layout.
    package func unrolls(_ layout: UnrollLayout) -> [UnrollView]? {
        guard entries.entryByteCount == layout.byteCount else { return nil }
        return (0..<count).map { UnrollView(layout, entries[$0]) }
    }

    /// Unrolls as bytes `[count, bytes of one]`, and priorities.
    package var arrays: [NamedArray] {
        [entries.array(Self.unrollName, count: count)] + (priorities.map { [NamedArray(Self.priorityName, $0)] } ?? [])
    }
}
