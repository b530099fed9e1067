import Glibc
import StarlingExperience
import StarlingMessages
import Testing

@Suite("Contents of blocks with actions of several parts, and masks")
struct ChoiceUnrollCheckTests {
    private static func layout(_ counts: [Int], masked: Bool, _ rule: ActingRule, spread: Float = 0) -> UnrollLayout {
        UnrollLayout(
            environment: EnvironmentSpec(
                name: "e", observation: ObservationSpec(shape: [2]),
                action: counts.count == 1 ? .discrete(counts[0]) : .multiDiscrete(counts),
                masksActions: masked),
            model: model,
            acting: ActingSpec(latentMode: .mean, unrollLength: 7, environmentsPerUnroll: 3, rule: rule, epsilonSpread: spread))
    }

    /// log of the probability of one choice among those that are allowed, in double precision, from the definitions of the rules.
    private static func logProbability(
        _ logits: [Float], _ allowed: [Bool], _ choice: Int, _ rule: ActingRule, epsilon: Float, temperature: Float
    ) -> Double {
        let open = logits.indices.filter { allowed[$0] }
        let top = Double(open.map { logits[$0] }.max()!)
        let isBest = open.first { Double(logits[$0]) == top } == choice
        switch rule {
        case .greedy: return isBest ? 0 : -.infinity
        case .epsilon: return log((isBest ? 1 - Double(epsilon) : 0) + Double(epsilon) / Double(open.count))
        case .sample, .boltzmann:
            let scale = rule == .sample ? 1 : Double(temperature)
            return (Double(logits[choice]) - top) / scale - log(open.map { exp((Double(logits[$0]) - top) / scale) }.reduce(0, +))
        }
    }

    private static let scalars = ActingScalars(epsilon: 0.3, temperature: 0.4)

    /// Masks, logits, choices and what belongs to them.
    private static func filled(
        _ counts: [Int], masked: Bool, _ rule: ActingRule, spread: Float = 0, _ random: inout SeededGenerator
    ) -> Block {
        let layout = layout(counts, masked: masked, rule, spread: spread)
        let block = Block(layout)
        let (E, A, P) = (3, counts.reduce(0, +), counts.count)
        let epsilons = (0..<E).map { spread > 0 ? powf(scalars.epsilon, 1 + spread * Float($0) / 2) : scalars.epsilon }
        for t in 0...7 {
            for e in 0..<E {
                var (first, sum) = (0, 0.0)
                for (part, count) in counts.enumerated() {
                    var allowed = (0..<count).map { _ in !masked || Bool.random(using: &random) }
                    allowed[Int.random(in: 0..<count, using: &random)] = true
                    let logits = allowed.map { $0 ? Float.random(in: -3...3, using: &random) : ActionSpec.forbiddenLogit }
                    let open = allowed.indices.filter { allowed[$0] }
                    let choice = rule == .greedy ? open.max { logits[$0] < logits[$1] }! : open.randomElement(using: &random)!
                    for place in 0..<count {
                        if masked { block.view.actionMasks(at: t)[e * A + first + place] = allowed[place] ? 1 : 0 }
                        if t < 7 { block.view.behaviorLogits(at: t)[e * A + first + place] = logits[place] }
                    }
                    first += count
                    guard t < 7 else { continue }
                    block.view.actions(at: t)[e * P + part] = Int32(choice)
                    sum += logProbability(
                        logits, allowed, choice, rule, epsilon: rule == .greedy ? 0 : epsilons[e], temperature: scalars.temperature)
                }
                if t < 7 { block.view.behaviorLogProbabilities(at: t)[e] = Float(sum) }
            }
        }
        return block
    }

    private static func fault(_ block: Block) -> String? {
        UnrollCheck.fault(in: UnrollView(block.layout, block.base), block.episodes, scalars)
    }

    @Test(
        "Good blocks pass by every rule, and a log-probability that isn't the rule's is found", arguments: ActingRule.allCases,
        [[2], [5], [3, 2], [2, 2, 2, 2, 2, 2, 2], [1, 40, 3]])
    func good(rule: ActingRule, counts: [Int]) {
        var random = SeededGenerator(state: 21)
        for masked in [false, true] where counts.count > 1 || masked {
            for spread in [0, 2] as [Float] {
                let block = Self.filled(counts, masked: masked, rule, spread: spread, &random)
                #expect(Self.fault(block) == nil)
                for (t, e, change) in [(0, 0, 3e-4), (6, 2, -3e-4)] as [(Int, Int, Float)] {
                    block.view.behaviorLogProbabilities(at: t)[e] += change
                    #expect(Self.fault(block)?.contains("away") == true)
                    block.view.behaviorLogProbabilities(at: t)[e] -= change
                }
                #expect(Self.fault(block) == nil)
            }
        }
    }

    @Test("A choice beyond its part is found wherever it is, though another part has as many")
    func ranges() {
        var random = SeededGenerator(state: 22)
        for part in 0..<3 {
            for bad in [Int32.min, -1, [1, 40, 3][part], .max] {
                let block = Self.filled([1, 40, 3], masked: false, .sample, &random)
                block.view.actions(at: 4)[3 * 2 + part] = bad
                #expect(Self.fault(block) == "an action whose part \(part) is \(bad), outside of 0 ..< \([1, 40, 3][part])")
            }
        }
    }

    @Test("A mask that allows nothing of a part is found in every row, that behind the last step too")
    func emptyMasks() {
        var random = SeededGenerator(state: 23)
        for t in 0...7 {
            for (first, count) in [(0, 3), (3, 2)] {
                let block = Self.filled([3, 2], masked: true, .sample, &random)
                for place in first..<first + count { block.view.actionMasks(at: t)[5 + place] = 0 }
                #expect(Self.fault(block) == "an action mask that allows nothing, of environment 1 at step \(t)")
            }
        }
    }

    @Test("What is no mask is told")
    func maskValues() {
        var random = SeededGenerator(state: 24)
        let block = Self.filled([3, 2], masked: true, .sample, &random)
        block.view.actionMasks(at: 7)[14] = 2
        #expect(Self.fault(block) == "an action mask outside of 0 ..< 2")
    }

    @Test("An action that its mask forbids is found, but where a row is no step")
    func forbidden() {
        var random = SeededGenerator(state: 25)
        let block = Self.filled([3, 2], masked: true, .sample, &random)
        let chosen = Int(block.view.actions(at: 2)[2 * 2 + 1])
        // The logits are as before: a log-probability that fits them excuses nothing.
        block.view.actionMasks(at: 2)[2 * 5 + 3 + chosen] = 0
        block.view.actionMasks(at: 2)[2 * 5 + 3 + 1 - chosen] = 1
        #expect(Self.fault(block) == "an action that its mask forbids, of environment 2 at step 2")
        block.view.kinds(at: 1)[2] = StepKind.truncated.rawValue
        block.view.kinds(at: 2)[2] = StepKind.reset.rawValue
        #expect(Self.fault(block) == nil)
    }
}
