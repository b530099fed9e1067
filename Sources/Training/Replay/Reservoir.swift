package import StarlingExperience
import StarlingReplay

/// A uniform sample of all observations of the run (Vitter 1985, algorithm R), so that the decoder doesn't forget
/// what the policy has left behind.
package final class Reservoir {
    /// Observations kept, if there is room for so many.
    package static let capacityLimit = 32_768

    /// Observations kept.
    package let capacity: Int

    /// Of a stack of frames.
    private let observationByteCount: Int
    /// By place.
    private var entries: PieceList
    private var seen: UInt64 = 0
    private let seed: UInt64
    private var draws: UInt64 = 0

    /// - Parameter byteLimit: bytes of all observations; there is room for one at least.
    package init(observationByteCount: Int, byteLimit: Int, seed: UInt64) {
        capacity = max(1, min(Self.capacityLimit, byteLimit / observationByteCount))
        self.observationByteCount = observationByteCount
        self.seed = seed
        entries = PieceList(entryByteCount: observationByteCount)
    }

    package var count: Int { Int(min(seen, UInt64(capacity))) }

    /// Offers every observation of an unroll, as the model sees it, but the last row, which is the next unroll's first.
    package func add(_ unroll: UnrollView) {
        let (stack, width) = (unroll.stack, unroll.layout.environmentCount)
        for step in 0..<unroll.layout.stepCount {
            let place = seen < UInt64(capacity) ? seen : next() % (seen + 1)
            seen += 1
            guard place < UInt64(capacity) else { continue }
            stack.copy(row: step / width, environment: step % width, to: entries.writable(Int(place)))
        }
    }

    /// Fills `rows` with observations drawn uniformly, with replacement. There must be at least one.
    package func draw(into rows: UnsafeMutableRawBufferPointer) {
        precondition(seen > 0, "a draw from an empty reservoir")
        for start in stride(from: 0, to: rows.count, by: observationByteCount) {
            let place = Int(next() % UInt64(count))
            (rows.baseAddress! + start).copyMemory(
                from: entries[place], byteCount: observationByteCount)
        }
    }

    /// How many observations it was offered, and how often it drew a number: its contents follow from the run and these.
    package var position: (offers: UInt64, draws: UInt64) { (seen, draws) }

    /// Becomes as it began.
    package func removeAll() { (entries, seen, draws) = (PieceList(entryByteCount: observationByteCount), 0, 0) }

    /// What it holds. It costs nothing now, and for every piece that is written before it is given up, a copy of that.
    package var contents: ReservoirContents {
        ReservoirContents(count: count, entries: entries)
    }

    /// Becomes what another was whose `contents` and `position` these are. Observations of another shape, or for
    /// another capacity, are passed over: it is empty then.
    package func restore(_ contents: ReservoirContents, offers: UInt64, draws: UInt64) {
        guard contents.count == Int(min(offers, UInt64(capacity))), contents.entries.entryByteCount == observationByteCount
        else { return }
        entries = contents.entries
        (seen, self.draws) = (offers, draws)
    }

    private func next() -> UInt64 {
        draws += 1
        return Seed.mix(seed, draws)
    }
}
