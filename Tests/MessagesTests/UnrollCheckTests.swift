import Glibc
import StarlingExperience
import StarlingMessages
import Testing

/// Memory of one block with the sections of a layout.
final class Block {
    let layout: UnrollLayout
    let base: UnsafeMutableRawPointer
    private let spec: ModelSpec

    init(_ layout: UnrollLayout, _ spec: ModelSpec = model) {
        self.layout = layout
        self.spec = spec
        base = .allocate(byteCount: layout.byteCount, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
    }

    deinit { base.deallocate() }

    var view: MutableUnrollView { MutableUnrollView(layout, base) }

    /// Random logits and actions, and the log-probabilities that belong to them, reckoned in double precision.
    func fill(_ random: inout SeededGenerator, scale: Float = 3) {
        for t in 0..<layout.unrollLength {
            for e in 0..<layout.environmentCount {
                let width = layout.actionParameterCount
                let logits = (0..<width).map { _ in Float.random(in: -scale...scale, using: &random) }
                let action = Int.random(in: 0..<width, using: &random)
                for place in 0..<width { view.behaviorLogits(at: t)[e * width + place] = logits[place] }
                view.actions(at: t)[e] = Int32(action)
                view.behaviorLogProbabilities(at: t)[e] = Float(Self.logProbability(logits, action))
                view.rewards(at: t)[e] = Float.random(in: -1...1, using: &random)
                view.kinds(at: t)[e] = UInt8.random(in: 0...1, using: &random)
            }
        }
    }

    static func logProbability(_ logits: [Float], _ action: Int) -> Double {
        let top = Double(logits.max()!)
        return Double(logits[action]) - top - log(logits.map { exp(Double($0) - top) }.reduce(0, +))
    }

    /// What its header says: as many episodes as end in it.
    var episodes: [UnrollHeader.Episode] {
        UnrollView(layout, base).kinds.filter { $0 == 1 || $0 == 2 }.map { _ in .init(episodeReturn: 1, length: 5) }
    }

    var fault: String? { fault(environment: environment) }

    var environment: EnvironmentSpec {
        EnvironmentSpec(name: "e", observation: layout.observation, action: .discrete(layout.actionParameterCount))
    }

    func fault(environment: EnvironmentSpec, _ episodes: [UnrollHeader.Episode]? = nil) -> String? {
        let acting = ActingSpec(
            latentMode: .mean, unrollLength: layout.unrollLength, environmentsPerUnroll: layout.environmentCount)
        let layout = UnrollLayout(environment: environment, model: spec, acting: acting)
        return UnrollCheck.fault(in: UnrollView(layout, base), episodes ?? self.episodes)
    }
}

/// Two frames of history and a state of six numbers.
private let remembering = {
    var model = model
    (model.core, model.frameStack) = (.lstm(3), 3)
    return model
}()

@Suite("Contents of blocks")
struct UnrollCheckTests {
    let layout = UnrollLayout(
        environment: EnvironmentSpec(name: "e", observation: ObservationSpec(shape: [5]), action: .discrete(3)),
        model: remembering,
        acting: ActingSpec(latentMode: .mean, unrollLength: 7, environmentsPerUnroll: 3))

    @Test("What is no number is told by its field, its place and its value")
    func places() {
        var random = SeededGenerator(state: 5)
        let block = Block(layout, remembering)
        block.fill(&random)
        #expect(block.fault == nil)
        block.view.observations(at: 4).bindMemory(to: Float.self)[2 * 5 + 3] = -.nan
        #expect(block.fault == "an observation that is NaN, number 3 of environment 2 at step 4")
        block.view.observations(at: 4).bindMemory(to: Float.self)[2 * 5 + 3] = 2e9
        #expect(block.fault == "an observation that is 2e+09, outside of ±1e+09, number 3 of environment 2 at step 4")
        block.view.observations(at: 4).bindMemory(to: Float.self)[2 * 5 + 3] = 0
        block.view.rewards(at: 6)[1] = -.infinity
        #expect(block.fault == "a reward that is -inf, of environment 1 at step 6")
    }

    @Test("Good blocks pass, whatever their logits", arguments: [0, 1, 10, 80, 1000] as [Float])
    func good(_ scale: Float) {
        var random = SeededGenerator(state: 3)
        for actions in [1, 2, 3, 18, 100] {
            let layout = UnrollLayout(
                environment: EnvironmentSpec(name: "e", observation: ObservationSpec(shape: [2]), action: .discrete(actions)),
                model: model,
                acting: ActingSpec(latentMode: .mean, unrollLength: 50, environmentsPerUnroll: 4))
            let block = Block(layout)
            block.fill(&random, scale: scale)
            #expect(block.fault == nil)
        }
    }

    @Test("Each rule is found broken wherever it is")
    func faults() {
        var random = SeededGenerator(state: 4)
        for t in 0..<7 {
            for e in 0..<3 {
                func breaks(_ word: String, _ location: SourceLocation = #_sourceLocation, _ change: (Block) -> Void) {
                    let block = Block(layout, remembering)
                    block.fill(&random)
                    #expect(block.fault == nil, sourceLocation: location)
                    change(block)
                    #expect(block.fault?.contains(word) == true, "\(word) \(t) \(e)", sourceLocation: location)
                }
                for bad in [Int32.min, -1, 3, .max] { breaks("action") { $0.view.actions(at: t)[e] = bad } }
                for bad in [Float.nan, .infinity, -.infinity, 1.1e9, -3e38] {
                    breaks("reward") { $0.view.rewards(at: t)[e] = bad }
                    breaks("logit") { $0.view.behaviorLogits(at: t)[e * 3 + 2] = bad }
                    breaks("log-probability") { $0.view.behaviorLogProbabilities(at: t)[e] = bad }
                    for row in [t, t + 1] {
                        breaks("observation") {
                            $0.view.observations(at: row).assumingMemoryBound(to: Float.self)[e * 5 + 4] = bad
                        }
                    }
                }
                for bad in [Float.nan, .infinity, -.infinity, 1.1e9, -1e30] {
                    breaks("recurrent state") { $0.view.coreStates[e * 6 + t % 6] = bad }
                    // The history of row 0 is an observation too.
                    breaks("observation") {
                        $0.view.opening.assumingMemoryBound(to: Float.self)[t % 2 * 15 + e * 5 + 1] = bad
                    }
                }
                for bad in [UInt8(4), 255] { breaks("kind") { $0.view.kinds(at: t)[e] = bad } }
                breaks("away") { $0.view.behaviorLogProbabilities(at: t)[e] += 2e-4 }
                breaks("away") { $0.view.behaviorLogProbabilities(at: t)[e] -= 2e-4 }
            }
        }
    }

    @Test("The log-probability of a reset row need not fit")
    func resetRows() {
        var random = SeededGenerator(state: 5)
        let block = Block(layout, remembering)
        block.fill(&random)
        block.view.behaviorLogProbabilities(at: 2)[1] = 0.5
        #expect(block.fault != nil)
        block.view.kinds(at: 0)[1] = StepKind.ordinary.rawValue
        block.view.kinds(at: 1)[1] = StepKind.truncated.rawValue
        block.view.kinds(at: 2)[1] = StepKind.reset.rawValue
        block.view.kinds(at: 3)[1] = StepKind.ordinary.rawValue
        block.view.kinds(at: 4)[1] = StepKind.ordinary.rawValue
        #expect(block.fault == nil)
        block.view.actions(at: 2)[1] = 3
        #expect(block.fault != nil)
    }

    @Test("A reset row follows an episode's end, and a truncation is followed by one; before row 0 anything may have been")
    func kinds() {
        var random = SeededGenerator(state: 9)
        func fault(_ kinds: [UInt8]) -> String? {
            let block = Block(layout, remembering)
            block.fill(&random)
            for (t, kind) in kinds.enumerated() { block.view.kinds(at: t)[2] = kind }
            return block.fault
        }
        let good: [[UInt8]] = [
            [0, 0, 0, 0, 0, 0, 0], [3, 0, 0, 2, 3, 1, 2], [3, 2, 3, 2, 3, 2, 3], [1, 1, 1, 1, 1, 1, 1], [1, 3, 0, 0, 1, 3, 1],
        ]
        for good in good {
            #expect(fault(good) == nil, "\(good)")
        }
        let bad: [[UInt8]] = [
            [3, 3, 3, 3, 3, 3, 3], [0, 3, 0, 0, 0, 0, 0], [1, 3, 3, 0, 0, 0, 0], [2, 1, 3, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0],
        ]
        for bad in bad {
            #expect(fault(bad)?.contains("kind") == true, "\(bad)")
        }
    }

    @Test("A header tells of the episodes that end in its rows, and of no return beyond their length")
    func episodes() {
        var random = SeededGenerator(state: 10)
        let block = Block(layout, remembering)
        block.fill(&random)
        let (environment, episodes) = (block.environment, block.episodes)
        #expect(block.fault(environment: environment, episodes) == nil)
        #expect(block.fault(environment: environment, episodes + episodes)?.contains("episodes") == true)
        #expect(block.fault(environment: environment, Array(episodes.dropLast()))?.contains("episodes") == true)
        var lying = episodes
        lying[0] = .init(episodeReturn: 3e38, length: 20)
        #expect(block.fault(environment: environment, lying)?.contains("return") == true)
    }

    @Test("Costs of an episode, the last of its measures, are none beyond its length either")
    func costs() {
        var tolled = EnvironmentSpec(name: "e", observation: ObservationSpec(shape: [4]), action: .discrete(2), tellsCost: true)
        tolled.rewardLimit = 10
        let acting = ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2)
        let block = Block(UnrollLayout(environment: tolled, model: model, acting: acting), model)
        var random = SeededGenerator(state: 12)
        block.fill(&random)
        func fault(_ cost: Float) -> String? {
            block.fault(
                environment: tolled, block.episodes.map { .init(episodeReturn: $0.episodeReturn, length: $0.length, measures: [cost]) })
        }
        #expect(fault(50) == nil && fault(-50) == nil)
        for (cost, words) in [(51, "51.0"), (-51, "-51.0"), (.infinity, "inf"), (3.4e38, "3.4e+38")] as [(Float, String)] {
            #expect(fault(cost) == "an episode of 5 steps with costs of \(words)")
        }
        #expect(block.fault(environment: tolled, block.episodes) == nil, "who tells no measures")
    }

    @Test("An environment states its own limits")
    func limits() {
        var random = SeededGenerator(state: 11)
        let block = Block(layout, remembering)
        block.fill(&random)
        var environment = block.environment
        block.view.rewards(at: 1)[1] = 2e9
        #expect(block.fault(environment: environment)?.contains("reward") == true)
        environment.rewardLimit = 1e10
        #expect(block.fault(environment: environment) == nil)
        block.view.observations(at: 2).assumingMemoryBound(to: Float.self)[3] = 200
        environment.observationLimit = 100
        #expect(block.fault(environment: environment)?.contains("observation") == true)
    }

    @Test("The tolerance is as said: 0.5e-4 passes, 1.5e-4 does not")
    func tolerance() {
        var random = SeededGenerator(state: 6)
        for sign in [-1, 1] as [Float] {
            for (distance, passes) in [(5e-5, true), (1.5e-4, false)] as [(Float, Bool)] {
                let block = Block(layout, remembering)
                block.fill(&random)
                block.view.behaviorLogProbabilities(at: 3)[0] += sign * distance
                #expect((block.fault == nil) == passes)
            }
        }
    }

    @Test("Bit flips anywhere leave a block that is refused or harmless")
    func bitFlips() {
        var random = SeededGenerator(state: 7)
        for _ in 0..<5000 {
            let block = Block(layout, remembering)
            block.fill(&random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<layout.byteCount, using: &random)
                block.base.storeBytes(
                    of: block.base.load(fromByteOffset: place, as: UInt8.self) ^ 1 << UInt8.random(in: 0..<8, using: &random),
                    toByteOffset: place, as: UInt8.self)
            }
            guard block.fault == nil else { continue }
            let view = UnrollView(layout, block.base)
            #expect(view.actions.allSatisfy { (0..<3).contains($0) })
            let observations = view.observations.assumingMemoryBound(to: Float.self)
            #expect(view.rewards.allSatisfy { $0.isFinite } && view.behaviorLogits.allSatisfy { $0.isFinite })
            #expect(observations.allSatisfy { $0.isFinite } && view.kinds.allSatisfy { $0 <= 3 })
        }
    }

    @Test("Observations of bytes are always finite")
    func bytes() {
        let layout = UnrollLayout(
            environment: image, model: model, acting: ActingSpec(latentMode: .mean, unrollLength: 2, environmentsPerUnroll: 1))
        let block = Block(layout)
        var random = SeededGenerator(state: 8)
        block.fill(&random)
        block.view.observations(at: 1).copyBytes(from: Array(repeating: 255, count: 84 * 84))
        #expect(block.fault == nil)
    }
}
