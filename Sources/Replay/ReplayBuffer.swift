package import StarlingExperience

/// The newest unrolls of a run, from whose steps a training draws again and again: uniformly, or by a priority that each step has.
///
/// Unrolls lie as they came, so nothing is lost of them and little is added: an observation more than they have steps.
package final class ReplayBuffer {
    package let layout: UnrollLayout
    /// Unrolls that are kept.
    package let capacity: Int
    private var entries: PieceList
    /// Unrolls that were ever inserted, and numbers that were ever drawn: what is drawn follows from the run and these.
    private var inserted: UInt64 = 0
    private var draws: UInt64 = 0
    /// By step; nil where draws are uniform.
    private var priorities: SumTree?
    /// The largest that any step was given: what new ones begin with, so that each is drawn soon.
    private var largest: Float = 1
    private let seed: UInt64
    /// Steps in a row that a draw takes.
    package let sequence: Int
    /// Rows of an unroll from which a sequence may begin.
    private let starts: Int

    /// - Parameters:
    ///   - steps: that are kept, at least an unroll's.
    ///   - byteLimit: of all together; fewer steps are kept where more would take more.
    ///   - sequence: steps in a row that a draw takes; it begins where so many are left of an unroll.
    ///   - isPrioritized: whether draws go by priorities.
    package init(
        _ layout: UnrollLayout, steps: Int, byteLimit: Int = .max, sequence: Int, isPrioritized: Bool, seed: UInt64
    ) {
        precondition(
            sequence >= 1 && sequence <= layout.unrollLength, "sequences of \(sequence) steps in unrolls of \(layout.unrollLength)")
        self.layout = layout
        capacity = max(1, min(steps / layout.stepCount, byteLimit / Self.byteCount(ofUnroll: layout, isPrioritized)))
        entries = PieceList(entryByteCount: layout.byteCount)
        priorities = isPrioritized ? SumTree(count: capacity * layout.stepCount) : nil
        self.sequence = sequence
        starts = layout.unrollLength - sequence + 1
        self.seed = seed
    }

    /// Unrolls that are there.
    package var unrollCount: Int { Int(min(inserted, UInt64(capacity))) }
    /// Steps that are there, reset rows among them.
    package var stepCount: Int { unrollCount * layout.stepCount }
    /// Bytes that a full buffer takes, priorities included.
    package var byteCount: Int { capacity * Self.byteCount(ofUnroll: layout, priorities != nil) }

    private static func byteCount(ofUnroll layout: UnrollLayout, _ isPrioritized: Bool) -> Int {
        layout.byteCount + (isPrioritized ? 16 * layout.stepCount : 0)
    }

    /// A step that was drawn.
    package struct Place: Hashable, Sendable {
        package let unroll: Int
        package let row: Int
        package let environment: Int

        package init(unroll: Int, row: Int, environment: Int) {
            (self.unroll, self.row, self.environment) = (unroll, row, environment)
        }
    }

    private func index(of place: Place) -> Int {
        place.unroll * layout.stepCount + place.row * layout.environmentCount + place.environment
    }

    private func place(at index: Int) -> Place {
        let (unroll, step) = index.quotientAndRemainder(dividingBy: layout.stepCount)
        let (row, environment) = step.quotientAndRemainder(dividingBy: layout.environmentCount)
        return Place(unroll: unroll, row: row, environment: environment)
    }

    /// An unroll that is there.
    package subscript(unroll: Int) -> UnrollView { UnrollView(layout, entries[unroll]) }

    /// Takes an unroll in the place of the oldest.
    /// - Parameter priority: of the sequence that begins at a step; nil: the largest there is.
    package func insert(_ unroll: UnrollView, priority: (Place) -> Float? = { _ in nil }) {
        let slot = Int(inserted % UInt64(capacity))
        entries.writable(slot).copyMemory(from: unroll.base, byteCount: layout.byteCount)
        inserted += 1
        guard priorities != nil else { return }
        let first = slot * layout.stepCount
        let known = largest
        for step in 0..<layout.stepCount {
            guard isStart(step, of: unroll) else {
                priorities![first + step] = 0
                continue
            }
            guard let priority = priority(place(at: first + step)), priority.isFinite else {
                priorities![first + step] = Double(known)
                continue
            }
            largest = max(largest, priority)
            priorities![first + step] = Double(priority)
        }
    }

    /// Gives up the newest unrolls, which can't be trained on. Those whose places they took are gone.
    package func removeNewest(_ count: Int) {
        for _ in 0..<min(count, unrollCount) {
            inserted -= 1
            guard priorities != nil else { continue }
            let first = Int(inserted % UInt64(capacity)) * layout.stepCount
            for step in 0..<layout.stepCount { priorities![first + step] = 0 }
        }
    }

    /// Whether a sequence may begin at a step of an unroll: it is one, and enough are left of the unroll.
    private func isStart(_ step: Int, of unroll: UnrollView) -> Bool {
        step < starts * layout.environmentCount && unroll.kinds[step] != StepKind.reset.rawValue
    }

    /// Draws a step for each place, with replacement. By priority, each from its own equal part of their sum.
    /// - Returns: false where there is nothing to draw.
    package func draw(_ count: Int, _ note: (_ number: Int, _ place: Place, _ probability: Double) -> Void) -> Bool {
        guard unrollCount > 0 else { return false }
        if let priorities {
            guard priorities.total > 0 else { return false }
            let part = priorities.total / Double(count)
            for number in 0..<count {
                let index = priorities.place(at: (Double(number) + fraction()) * part)
                note(number, place(at: index), priorities[index] / priorities.total)
            }
            return true
        }
        let range = UInt64(stepCount)
        for number in 0..<count {
            guard let index = uniformStart(range) else { return false }
            note(number, place(at: index), 1 / Double(range))
        }
        return true
    }

    /// A start, all equally likely; nil where there is hardly any.
    private func uniformStart(_ range: UInt64) -> Int? {
        for _ in 0..<10_000 {
            let index = Int(next() % range)
            let place = place(at: index)
            if isStart(index - place.unroll * layout.stepCount, of: self[place.unroll]) { return index }
        }
        return nil
    }

    /// Gives a step another priority, in `0 ...`.
    package func setPriority(_ priority: Float, of place: Place) {
        guard priorities != nil, priority.isFinite else { return }
        largest = max(largest, priority)
        priorities![index(of: place)] = Double(priority)
    }

    private func next() -> UInt64 {
        draws += 1
        return Seed.mix(seed, draws)
    }

    /// In 0 ..< 1.
    private func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    // MARK: Contents

    /// What it holds. Unrolls cost nothing now, and for every piece that is written before it is given up, a copy of that.
    package var contents: ReplayContents {
        ReplayContents(
            count: unrollCount, inserted: inserted, draws: draws, largest: largest, entries: entries,
            priorities: priorities.map { tree in (0..<stepCount).map { Float(tree[$0]) } })
    }

    /// Becomes what another was whose contents these are. Contents of another shape, or for another capacity, are passed over: it is
    /// empty then.
    /// - Returns: whether they were taken.
    @discardableResult
    package func restore(_ contents: ReplayContents) -> Bool {
        guard contents.count == Int(min(contents.inserted, UInt64(capacity))), contents.entries.entryByteCount == layout.byteCount,
            (contents.priorities != nil) == (priorities != nil),
            contents.priorities.map({ $0.count == contents.count * layout.stepCount && $0.allSatisfy { $0 >= 0 && $0.isFinite } }) ?? true,
            contents.largest >= 0, contents.largest.isFinite
        else { return false }
        (entries, inserted, draws, largest) = (contents.entries, contents.inserted, contents.draws, contents.largest)
        guard let values = contents.priorities else { return true }
        priorities = SumTree(count: capacity * layout.stepCount)
        for (index, value) in values.enumerated() { priorities![index] = Double(value) }
        return true
    }
}
