import Glibc
import StarlingExperience
import StarlingMessages
import Testing

@Suite("Contents of blocks with continuous actions")
struct ContinuousUnrollCheckTests {
    private let layout = UnrollLayout(
        environment: arm, model: model, acting: ActingSpec(latentMode: .mean, unrollLength: 7, environmentsPerUnroll: 3))

    /// Parameters and samples, and the log-probabilities that belong to them, reckoned in double precision.
    private func filled(_ random: inout SeededGenerator, _ distribution: ModelSpec.ActionDistribution) -> Block {
        let block = Block(layout)
        for t in 0..<7 {
            for e in 0..<3 {
                var logProbability = 0.0
                for place in 0..<3 {
                    let mean = Float.random(in: -2...2, using: &random)
                    let logDeviation = Float.random(in: -4...1, using: &random)
                    let u = mean + expf(logDeviation) * Float.random(in: -4...4, using: &random)
                    block.view.behaviorLogits(at: t)[e * 6 + place] = mean
                    block.view.behaviorLogits(at: t)[e * 6 + 3 + place] = logDeviation
                    block.view.samples(at: t)[e * 3 + place] = u
                    let z = (Double(u) - Double(mean)) / exp(Double(logDeviation))
                    logProbability -= z * z / 2 + Double(logDeviation) + log(2 * Double.pi) / 2
                    if distribution == .tanhGaussian { logProbability += 2 * log(cosh(Double(u))) }
                }
                block.view.behaviorLogProbabilities(at: t)[e] = Float(logProbability)
            }
        }
        return block
    }

    private func fault(_ block: Block, _ distribution: ModelSpec.ActionDistribution) -> String? {
        var model = model
        model.actionDistribution = distribution
        let layout = UnrollLayout(
            environment: arm, model: model, acting: ActingSpec(latentMode: .mean, unrollLength: 7, environmentsPerUnroll: 3))
        return UnrollCheck.fault(in: UnrollView(layout, block.base), block.episodes)
    }

    @Test("Good blocks pass, and each rule is found broken wherever it is", arguments: ModelSpec.ActionDistribution.allCases)
    func faults(_ distribution: ModelSpec.ActionDistribution) {
        var random = SeededGenerator(state: 4)
        for t in 0..<7 {
            for e in 0..<3 {
                func breaks(_ word: String, _ location: SourceLocation = #_sourceLocation, _ change: (Block) -> Void) {
                    let block = filled(&random, distribution)
                    #expect(fault(block, distribution) == nil, sourceLocation: location)
                    change(block)
                    #expect(fault(block, distribution)?.contains(word) == true, "\(word) \(t) \(e)", sourceLocation: location)
                }
                for bad in [Float.nan, .infinity, -.infinity, 1.1e6, -1.1e6] {
                    breaks("sample") { $0.view.samples(at: t)[e * 3 + 2] = bad }
                }
                for bad in [Float.nan, .infinity] { breaks("logit") { $0.view.behaviorLogits(at: t)[e * 6 + 5] = bad } }
                breaks("away") { $0.view.behaviorLogits(at: t)[e * 6 + 4] = -1e30 }
                breaks("away") { $0.view.behaviorLogits(at: t)[e * 6 + 4] = 1e30 }
                breaks("away") { $0.view.behaviorLogProbabilities(at: t)[e] += 3e-4 }
                breaks("away") { $0.view.behaviorLogProbabilities(at: t)[e] -= 3e-4 }
            }
        }
    }

    @Test("The log-probability of a reset row need not fit; its sample must be in range")
    func resetRows() {
        var random = SeededGenerator(state: 5)
        let block = filled(&random, .gaussian)
        block.view.behaviorLogProbabilities(at: 2)[1] = 50
        #expect(fault(block, .gaussian) != nil)
        block.view.kinds(at: 1)[1] = StepKind.truncated.rawValue
        block.view.kinds(at: 2)[1] = StepKind.reset.rawValue
        #expect(fault(block, .gaussian) == nil)
        block.view.samples(at: 2)[3] = .nan
        #expect(fault(block, .gaussian) != nil)
    }

    @Test("Bit flips anywhere leave a block that is refused or harmless")
    func bitFlips() {
        var random = SeededGenerator(state: 7)
        for _ in 0..<3000 {
            let block = filled(&random, .tanhGaussian)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<layout.byteCount, using: &random)
                block.base.storeBytes(
                    of: block.base.load(fromByteOffset: place, as: UInt8.self) ^ 1 << UInt8.random(in: 0..<8, using: &random),
                    toByteOffset: place, as: UInt8.self)
            }
            guard fault(block, .tanhGaussian) == nil else { continue }
            let view = UnrollView(layout, block.base)
            #expect(view.samples.allSatisfy { abs($0) <= UnrollSchema.sampleLimit })
            #expect(view.behaviorLogProbabilities.allSatisfy { $0.isFinite } && view.behaviorLogits.allSatisfy { $0.isFinite })
        }
    }
}
