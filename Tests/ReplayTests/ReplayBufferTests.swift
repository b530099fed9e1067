import StarlingExperience
import StarlingReplay
import StarlingSafetensors
import Testing

@Suite("Replay buffer")
struct ReplayBufferTests {
    private static let layout = UnrollLayout(
        environment: EnvironmentSpec(name: "count", observation: ObservationSpec(shape: [1], scalar: .float32), action: .discrete(2)),
        model: ModelSpec(
            encoder: .dense([4]), decoder: .dense([4]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: .learned), representation: .vae, observationScale: []),
        acting: ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2))

    /// Unroll `number`, whose rewards tell it, its row and its environment; a step each of these rows is none.
    private func insert(_ number: Int, into replay: ReplayBuffer, resets: Set<Int> = []) {
        let layout = Self.layout
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let view = MutableUnrollView(layout, block)
        for row in 0..<4 {
            for environment in 0..<2 {
                view.rewards(at: row)[environment] = Float(100 * number + 10 * row + environment)
                view.kinds(at: row)[environment] = (resets.contains(row) ? StepKind.reset : .ordinary).rawValue
            }
        }
        replay.insert(UnrollView(layout, block))
    }

    private func reward(_ replay: ReplayBuffer, _ place: ReplayBuffer.Place) -> Int {
        Int(replay[place.unroll].rewards[place.row * 2 + place.environment])
    }

    private func buffer(steps: Int = 24, sequence: Int = 1, isPrioritized: Bool = false) -> ReplayBuffer {
        ReplayBuffer(Self.layout, steps: steps, sequence: sequence, isPrioritized: isPrioritized, seed: 3)
    }

    private func draw(_ replay: ReplayBuffer, _ count: Int) -> [Int] {
        var drawn: [Int] = []
        #expect(replay.draw(count) { _, place, _ in drawn.append(reward(replay, place)) })
        return drawn
    }

    @Test("The oldest unrolls go first, and every step of those that are left is drawn as often as any other", arguments: [false, true])
    func ring(isPrioritized: Bool) {
        let replay = buffer(isPrioritized: isPrioritized)
        #expect(replay.capacity == 3)
        #expect(!replay.draw(1) { _, _, _ in })
        for number in 1...5 { insert(number, into: replay, resets: [2]) }
        #expect(replay.unrollCount == 3 && replay.stepCount == 24)
        var counts: [Int: Int] = [:]
        for _ in 0..<1000 { for reward in draw(replay, 18) { counts[reward, default: 0] += 1 } }
        let expected = Set([3, 4, 5].flatMap { unroll in [0, 1, 3].flatMap { row in [0, 1].map { 100 * unroll + 10 * row + $0 } } })
        #expect(Set(counts.keys) == expected)
        // 1000 of each expected; six standard deviations of a binomial count.
        for (reward, count) in counts { #expect(abs(count - 1000) < 190, "\(reward): \(count)") }
    }

    @Test("Sequences begin where so many steps are left")
    func sequences() {
        let replay = buffer(sequence: 3, isPrioritized: true)
        for number in 1...3 { insert(number, into: replay) }
        #expect(Set(draw(replay, 2000).map { $0 / 10 % 10 }) == [0, 1])
        #expect(Set(draw(buffer(sequence: 4).filled { insert($0, into: $1) }, 100).map { $0 / 10 % 10 }) == [0])
    }

    @Test("What has a priority of 0 is not drawn, and what has three times another's three times as often")
    func priorities() {
        let replay = buffer(steps: 8, isPrioritized: true)
        insert(1, into: replay)
        for row in 0..<4 {
            for environment in 0..<2 {
                replay.setPriority(row == 1 ? 3 : row == 2 ? 1 : 0, of: .init(unroll: 0, row: row, environment: environment))
            }
        }
        var counts: [Int: Int] = [:]
        let isDrawn = replay.draw(8000) { _, place, probability in
            counts[place.row, default: 0] += 1
            #expect(abs(probability - (place.row == 1 ? 3.0 / 8 : 1.0 / 8)) < 1e-12)
        }
        #expect(isDrawn && Set(counts.keys) == [1, 2])
        #expect(abs(counts[1]! - 6000) < 10)
        // New steps begin with the largest that there was.
        insert(2, into: replay)
        _ = replay.draw(1) { _, _, probability in #expect(abs(probability - 1.0 / 8) < 1e-12) }
    }

    @Test("A buffer that is restored draws what the other would have drawn", arguments: [false, true])
    func restored(isPrioritized: Bool) throws {
        let replay = buffer(isPrioritized: isPrioritized)
        for number in 1...4 { insert(number, into: replay) }
        _ = draw(replay, 10)
        replay.setPriority(0.3, of: .init(unroll: 1, row: 2, environment: 1))
        let contents = replay.contents
        let stored = try #require(
            ReplayContents(contents.arrays, inserted: contents.inserted, draws: contents.draws, largest: contents.largest))
        // What comes later is not in it.
        insert(5, into: replay)
        let other = buffer(isPrioritized: isPrioritized)
        #expect(other.restore(stored))
        insert(5, into: other)
        #expect(draw(replay, 100) == draw(other, 100))
        #expect(!buffer(steps: 800, isPrioritized: isPrioritized).restore(stored), "of another capacity")
        #expect(!buffer(isPrioritized: !isPrioritized).restore(stored))
    }

    @Test("The newest can be given up", arguments: [false, true])
    func removed(isPrioritized: Bool) {
        let replay = buffer(isPrioritized: isPrioritized)
        for number in 1...2 { insert(number, into: replay) }
        replay.removeNewest(1)
        #expect(Set(draw(replay, 200).map { $0 / 100 }) == [1])
        insert(7, into: replay)
        #expect(Set(draw(replay, 200).map { $0 / 100 }) == [1, 7])
    }

    @Test("A buffer of a million frames of ten by ten cells takes a tenth more than they at most")
    func size() {
        let layout = UnrollLayout(
            environment: EnvironmentSpec(
                name: "cells", observation: ObservationSpec(shape: [4, 10, 10], scalar: .uint8), action: .discrete(6)),
            model: ModelSpec(
                encoder: .dense([4]), decoder: .dense([4]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
                likelihood: .bernoulli, representation: .vae, observationScale: []),
            acting: ActingSpec(latentMode: .mean, unrollLength: 20, environmentsPerUnroll: 4))
        let replay = ReplayBuffer(layout, steps: 1_000_000, sequence: 1, isPrioritized: true, seed: 1)
        for isPrioritized in [false, true] {
            let small = ReplayBuffer(
                layout, steps: 1_000_000, byteLimit: 10_000_000, sequence: 1, isPrioritized: isPrioritized, seed: 1)
            #expect(small.byteCount <= 10_000_000 && small.byteCount > 9_900_000)
        }
        let row = 400 + 4 + 4 + 4 + 6 * 4 + 1
        #expect(Double(replay.byteCount) <= 1.1 * Double(1_000_000 * row), "\(Double(replay.byteCount) / Double(1_000_000 * row))")
    }
}

extension ReplayBuffer {
    fileprivate func filled(_ insert: (Int, ReplayBuffer) -> Void) -> ReplayBuffer {
        for number in 1...3 { insert(number, self) }
        return self
    }
}
