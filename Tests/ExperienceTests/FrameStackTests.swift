import StarlingExperience
import Testing

/// Stacks against the obvious: every environment's episodes as lists of frames, of which the last F are shown, the first
/// repeated where there are fewer.
@Suite struct FrameStackTests {
    /// A stream of rows as an environment makes them, with frames that say their environment, episode and age.
    private struct Stream {
        var kinds: [[StepKind]] = []  // [row][environment]
        var frames: [[[UInt8]]]  // [row][environment] → D
        /// By environment: the frames of the episode so far.
        private var episodes: [[[UInt8]]]
        private(set) var expected: [[[UInt8]]]  // [row][environment] → F·D
        private let depth: Int

        init(_ endings: [[StepKind]], depth: Int, frameSize: Int) {
            let environments = endings[0].count
            self.depth = depth
            (frames, expected) = ([], [])
            episodes = Array(repeating: [], count: environments)
            var age = Array(repeating: 0, count: environments)
            var episode = age
            func frame(_ e: Int) -> [UInt8] {
                (0..<frameSize).map { UInt8(truncatingIfNeeded: e * 101 + episode[e] * 17 + age[e] * 3 + $0 * 7) }
            }
            for row in 0...endings.count {
                if row > 0 {
                    for e in 0..<environments {
                        let ended = endings[row - 1][e] == .terminated || endings[row - 1][e] == .reset
                        if ended { episodes[e] = [] }
                        (age[e], episode[e]) = ended ? (0, episode[e] + 1) : (age[e] + 1, episode[e])
                    }
                    kinds.append(endings[row - 1])
                }
                for e in 0..<environments { episodes[e].append(frame(e)) }
                frames.append((0..<environments).map { episodes[$0].last! })
                expected.append(
                    (0..<environments).map { e in
                        (0..<depth).flatMap { slot in episodes[e][max(0, episodes[e].count - depth + slot)] }
                    })
            }
        }
    }

    /// Two ends in one unroll, a truncation with its final row, ends in the first and the last row, an episode of one step.
    private static let endings: [[StepKind]] = [
        [.ordinary, .truncated, .terminated], [.ordinary, .reset, .terminated], [.terminated, .ordinary, .ordinary],
        [.ordinary, .terminated, .ordinary], [.ordinary, .ordinary, .ordinary], [.truncated, .ordinary, .terminated],
        [.reset, .truncated, .ordinary], [.ordinary, .reset, .truncated], [.terminated, .ordinary, .reset],
        [.ordinary, .ordinary, .ordinary], [.ordinary, .ordinary, .ordinary], [.ordinary, .terminated, .ordinary],
    ]

    @Test(arguments: [1, 2, 3, 4, 12], [1, 2, 3, 4, 7])
    func equalTheObviousOverUnrolls(unrollLength: Int, depth: Int) {
        let (frameSize, width) = (5, 3)
        let stream = Stream(Self.endings, depth: depth, frameSize: frameSize)
        let model = ModelSpec.plain.stacking(depth)
        let layout = UnrollLayout(
            environment: EnvironmentSpec(
                name: "any", observation: ObservationSpec(shape: [frameSize], scalar: .uint8), action: .discrete(2)),
            model: model, acting: ActingSpec(latentMode: .mean, unrollLength: unrollLength, environmentsPerUnroll: width))
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        let opening = UnsafeMutableRawBufferPointer.allocate(byteCount: depth * width * frameSize, alignment: 64)
        let stacked = UnsafeMutableRawBufferPointer.allocate(byteCount: width * depth * frameSize, alignment: 64)
        defer { for buffer in [block, opening, stacked] { buffer.deallocate() } }
        let newest = stream.frames[0].flatMap { $0 }
        for (index, place) in opening.suffix(width * frameSize).indices.enumerated() { opening[place] = newest[index] }
        FrameStack.repeatNewest(opening, depth: depth)

        for first in stride(from: 0, to: Self.endings.count, by: unrollLength) {
            // What is not written is rubbish.
            block.initializeMemory(as: UInt8.self, repeating: 0xEE)
            let view = MutableUnrollView(layout, block.baseAddress!)
            view.opening.copyMemory(from: UnsafeRawBufferPointer(opening))
            for t in 0...unrollLength {
                // As an actor goes: row t's stack is asked for before its kind is known.
                view.reading.stack.copy(row: t, to: stacked.baseAddress!)
                #expect(Array(stacked) == stream.expected[first + t].flatMap { $0 }, "row \(first + t)")
                guard t < unrollLength else { break }
                for e in 0..<width {
                    view.kinds(at: t)[e] = stream.kinds[first + t][e].rawValue
                    for i in 0..<frameSize { view.observations(at: t + 1)[e * frameSize + i] = stream.frames[first + t + 1][e][i] }
                }
            }
            // As a learner reads it, whole.
            for t in 0...unrollLength {
                for e in 0..<width {
                    view.reading.stack.copy(row: t, environment: e, to: stacked.baseAddress!)
                    #expect(Array(stacked.prefix(depth * frameSize)) == stream.expected[first + t][e])
                }
            }
            view.reading.stack.copyOpening(at: unrollLength, to: opening.baseAddress!)
        }
    }

    /// Read whole, as a learner does: the final observation of a terminated episode is stacked on its own episode's frames, and the
    /// row after it begins anew.
    @Test func aTerminationsFinalRowIsOfItsEpisode() {
        let kinds: [StepKind] = [.ordinary, .ordinary, .terminated, .reset, .ordinary, .terminated, .ordinary]
        let layout = UnrollLayout(
            environment: EnvironmentSpec(
                name: "any", observation: ObservationSpec(shape: [1], scalar: .uint8), action: .discrete(2)),
            model: .plain.stacking(3), acting: ActingSpec(latentMode: .mean, unrollLength: 7, environmentsPerUnroll: 1))
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0)
        let view = MutableUnrollView(layout, block.baseAddress!)
        for (t, kind) in kinds.enumerated() { view.kinds(at: t)[0] = kind.rawValue }
        for t in 0...7 { view.observations(at: t)[0] = UInt8(10 + t) }
        let stacks = (0...7).map { t in
            var stack: [UInt8] = [0, 0, 0]
            stack.withUnsafeMutableBytes { view.reading.stack.copy(row: t, to: $0.baseAddress!) }
            return stack
        }
        #expect(
            stacks[2...] == [[10, 11, 12], [11, 12, 13], [14, 14, 14], [14, 14, 15], [16, 16, 16], [16, 16, 17]])
    }

    @Test func aStacksShapeIsTheFramesOneAfterTheOther() {
        #expect(ObservationSpec(shape: [3, 8, 9], scalar: .uint8).stacked(4) == ObservationSpec(shape: [12, 8, 9], scalar: .uint8))
        #expect(ObservationSpec(shape: [5]).stacked(2) == ObservationSpec(shape: [10]))
        #expect(ObservationSpec(shape: []).stacked(2).count == 2)
        #expect(ObservationSpec(shape: []).stacked(1) == ObservationSpec(shape: []))
    }
}

extension ModelSpec {
    /// A model whose sizes don't matter.
    static let plain = ModelSpec(
        encoder: .dense([]), decoder: .dense([]), policy: .dense([]), value: .dense([]), activation: .tanh,
        latentCount: 1, likelihood: .bernoulli, representation: .vae, observationScale: [])

    func stacking(_ frames: Int, core: Core = .none) -> ModelSpec {
        var model = self
        (model.frameStack, model.core) = (frames, core)
        return model
    }
}
