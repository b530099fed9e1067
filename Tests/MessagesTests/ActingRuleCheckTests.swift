import Glibc
import StarlingExperience
import StarlingMessages
import Testing

@Suite("log μ of acting rules")
struct ActingRuleCheckTests {
    private static let count = 5
    private static let environment = EnvironmentSpec(
        name: "e", observation: ObservationSpec(shape: [2]), action: .discrete(count))

    private func layout(_ rule: ActingRule, _ environment: EnvironmentSpec = environment) -> UnrollLayout {
        UnrollLayout(
            environment: environment, model: model,
            acting: ActingSpec(latentMode: .mean, unrollLength: 7, environmentsPerUnroll: 3, rule: rule))
    }

    /// log μ of an action, in double precision; −∞ of one that the rule never takes.
    private func logProbability(_ logits: [Float], _ action: Int, _ rule: ActingRule, _ scalars: ActingScalars) -> Double {
        let isLargest = action == logits.firstIndex(of: logits.max()!)
        switch rule {
        case .sample: return Block.logProbability(logits, action)
        case .boltzmann:
            let exponents = logits.map { (Double($0) - Double(logits.max()!)) / Double(scalars.temperature) }
            return exponents[action] - log(exponents.map(exp).reduce(0, +))
        case .greedy: return isLargest ? 0 : -.infinity
        case .epsilon:
            let (epsilon, count) = (Double(scalars.epsilon), Double(logits.count))
            return log((isLargest ? 1 - epsilon : 0) + epsilon / count)
        }
    }

    private func filled(
        _ rule: ActingRule, _ scalars: ActingScalars, _ random: inout SeededGenerator, scale: Float = 3
    ) -> (block: Block, fault: (ActingRule, ActingScalars) -> String?) {
        let block = Block(layout(rule))
        block.fill(&random, scale: scale)
        for t in 0..<7 {
            for e in 0..<3 {
                let logits = (0..<Self.count).map { block.view.behaviorLogits(at: t)[e * Self.count + $0] }
                if rule == .greedy { block.view.actions(at: t)[e] = Int32(logits.firstIndex(of: logits.max()!)!) }
                let action = Int(block.view.actions(at: t)[e])
                block.view.behaviorLogProbabilities(at: t)[e] = Float(logProbability(logits, action, rule, scalars))
            }
        }
        return (
            block, { UnrollCheck.fault(in: UnrollView(self.layout($0), block.base), block.episodes, $1) }
        )
    }

    @Test("Is that of the mixture, and of no other rule or other numbers", arguments: ActingRule.allCases)
    func mixtures(rule: ActingRule) {
        var random = SeededGenerator(state: 12)
        for scalars in [ActingScalars(epsilon: 0.3, temperature: 0.4), ActingScalars(epsilon: 0.9, temperature: 5)] {
            let (block, fault) = filled(rule, scalars, &random)
            #expect(fault(rule, scalars) == nil)
            for other in ActingRule.allCases where other != rule { #expect(fault(other, scalars)?.contains("away") == true) }
            let changed = ActingScalars(epsilon: 0.31, temperature: scalars.temperature * 1.01)
            #expect((fault(rule, changed) == nil) == (rule == .sample || rule == .greedy))
            for sign in [-1, 1] as [Float] {
                block.view.behaviorLogProbabilities(at: 3)[1] += sign * 2e-4
                #expect(fault(rule, scalars)?.contains("away") == true)
                block.view.behaviorLogProbabilities(at: 3)[1] -= sign * 2e-4
            }
        }
    }

    @Test("Of equal logits the first is the likeliest, and what a rule never takes is found out")
    func ends() {
        var random = SeededGenerator(state: 13)
        for (rule, scalars) in [(ActingRule.greedy, ActingScalars()), (.epsilon, ActingScalars(epsilon: 0))] {
            let (block, fault) = filled(.greedy, scalars, &random)
            for place in 0..<Self.count { block.view.behaviorLogits(at: 2)[place] = 0.5 }
            block.view.actions(at: 2)[0] = 0
            #expect(fault(rule, scalars) == nil)
            block.view.actions(at: 2)[0] = 1
            #expect(fault(rule, scalars)?.contains("away") == true)
        }
        // All alike.
        let uniform = ActingScalars(epsilon: 1)
        let (_, fault) = filled(.epsilon, uniform, &random)
        #expect(fault(.epsilon, uniform) == nil)
    }

    @Test("Large logits at a low temperature are no fault of whoever rounds", arguments: [10, 1000] as [Float])
    func temperatures(scale: Float) {
        var random = SeededGenerator(state: 14)
        for temperature in [1e-4, 0.01, 1, 1e4] as [Float] {
            let scalars = ActingScalars(temperature: temperature)
            let (_, fault) = filled(.boltzmann, scalars, &random, scale: scale)
            #expect(fault(.boltzmann, scalars) == nil)
        }
    }

    @Test("Greedy actions of a continuous kind are the means themselves, and certain")
    func means() {
        let layout = layout(.greedy, arm)
        let block = Block(layout)
        for t in 0..<7 {
            for place in 0..<9 {
                let mean = Float(t) - Float(place) / 3
                block.view.behaviorLogits(at: t)[place / 3 * 6 + place % 3] = mean
                block.view.samples(at: t)[place] = mean
            }
        }
        func fault() -> String? { UnrollCheck.fault(in: UnrollView(layout, block.base), []) }
        #expect(fault() == nil)
        block.view.behaviorLogProbabilities(at: 1)[1] = 2e-4
        #expect(fault()?.contains("away") == true)
        block.view.behaviorLogProbabilities(at: 1)[1] = 0
        block.view.samples(at: 3)[8] += 1e-3
        #expect(fault()?.contains("away") == true)
    }

    @Test("Continuous actions have no rule that counts them")
    func continuous() {
        for rule in [ActingRule.epsilon, .boltzmann] {
            var bad = assignment
            (bad.environment, bad.model.observationScale, bad.acting.rule) = (arm, [], rule)
            let message = LearnerMessage.welcome(
                Welcome(protocolVersion: WireLimits.protocolVersion, build: "b", run: 9, generation: 2, assignment: bad, status: status))
            let error = #expect(throws: MessageError.self) { try decodeLearner(message.encoded()) }
            #expect(error?.code == .newerLearner && error?.message.contains("acting rule \(rule) needs discrete") == true)
        }
    }
}
