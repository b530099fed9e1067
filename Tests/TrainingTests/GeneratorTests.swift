import Glibc
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// A reward for each sequence, at its end, times how probable the policy finds it and how many rows there are: over all sequences once
/// the mean over the rows is then the expectation.
private struct Expected: Scorer {
    static let logProbability = RowOutput("score.logProbability")
    let returns: [Double]
    var metrics: [Metric] { [] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) { pass.output(&g, Self.logProbability, pass.logProbability(&g)) }

    func score(_ step: StepAccess, _ metrics: inout MetricSample) {
        let logs = step.read(Self.logProbability)
        for column in 0..<step.columnCount {
            let rows = stride(from: column, to: step.batch.kinds.count, by: step.columnCount)
            let probability = exp(rows.reduce(0) { $0 + Double(logs[$1]) })
            step.batch.rewards[Array(rows).last!] = Float(Double(step.batch.kinds.count) * probability * returns[column])
        }
    }
}

/// −Σ over prefixes and actions of Pr(prefix)·Q(prefix, a)·π(a | prefix), whose derivative by the last factor alone is that of the expected
/// return (Sutton et al. 2000, theorem 1), with all that is no factor summed up by the host.
private struct AllActions: Objective {
    static let weights = TargetColumn("allActions", width: 3)
    static let probabilities = RowOutput("allActions.probabilities")
    let returns: [Double]

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let probabilities = g.exp(g.logSoftmax(pass.policy.logits(&g, pass.policyFeatures)))
        pass.output(&g, Self.probabilities, probabilities)
        let weighed = g.sum(g.multiply(probabilities, pass.target(&g, Self.weights)), over: .features)
        return [Term(nil, g.negate(pass.mean(&g, weighed)), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let (batch, columns) = (step.batch, step.columnCount)
        let (probabilities, weights) = (step.read(Self.probabilities), step.target(Self.weights))
        let length = step.unrollLength
        func tokens(_ column: Int, _ count: Int) -> [Int32] { (0..<count).map { batch.actions[$0 * columns + column] } }
        func probability(_ column: Int, _ step: Int, _ token: Int) -> Double {
            Double(probabilities[(step * columns + column) * 3 + token])
        }
        let whole = (0..<columns).map { column in
            (0..<length).reduce(1.0) { $0 * probability(column, $1, Int(batch.actions[$1 * columns + column])) }
        }
        for column in 0..<columns {
            for step in 0..<length {
                let prefix = tokens(column, step)
                // As many columns have the prefix; they share it.
                let sharing = (0..<columns).filter { tokens($0, step) == prefix }
                for token in 0..<3 {
                    let worth = sharing.filter { batch.actions[step * columns + $0] == token }.reduce(0) { $0 + whole[$1] * returns[$1] }
                    weights[(step * columns + column) * 3 + token] = Float(
                        Double(batch.kinds.count) * worth / probability(column, step, token) / Double(sharing.count))
                }
            }
        }
    }
}

/// Keeps what scorers before it made of the rewards.
private struct Rewards: Scorer {
    let note: @Sendable ([Float]) -> Void
    var metrics: [Metric] { [] }
    func grow(_ g: inout Graph, _ pass: inout ModelPass) {}
    func score(_ step: StepAccess, _ metrics: inout MetricSample) { note(Array(step.batch.rewards)) }
}

@Suite struct GeneratorTests {
    /// REINFORCE over all 27 sequences of three tokens, each as often as the policy writes it, is the derivative of the expected return.
    @Test func thePolicyGradientIsTheEnumeratedOne() throws {
        let context = Writing.context(tokens: 3, length: 3, columns: 27)
        let sequences = Writing.all(tokens: 3, length: 3)
        let returns = sequences.indices.map { Double($0 * 7 % 27) / 27 - 0.3 }

        func gradients(_ design: TrainingDesign) throws -> [Float] {
            let trainer = try Trainer(design, context)
            trainer.set("policy.logits.weight", to: (0..<21).map { Float($0 * 5 % 21) / 10 - 1 })
            trainer.set("value.output.weight", to: Array(repeating: 0, count: 7))
            Writing.load(sequences, trainer, context)
            var metrics = MetricSample(MetricSet(trainer.metrics))
            _ = try trainer.step(frames: 0, update: 0, &metrics)
            return trainer.gradients { Array($0) }
        }
        let loss = A2CLoss(discount: 1, lambda: 1, valueCost: 0, entropyCost: 0, normalizesAdvantages: false)
        var sampled = TrainingDesign([Phase([loss])], context)
        sampled.scorers = [Expected(returns: returns)]
        let found = try gradients(sampled)
        let expected = try gradients(TrainingDesign([Phase([AllActions(returns: returns)])], context))
        #expect(expected.contains { abs($0) > 0.01 })
        #expect(zip(found, expected).map { abs($0 - $1) }.max()! < 1e-6)
    }

    private func judging(_ discriminator: SequenceDiscriminator, _ draw: SequenceDraw, gate: Float = 1, times: Int) -> Phase {
        var phase = Phase(
            [Discriminate(discriminator, columns: draw.columns, smoothing: 0.1, gate: gate)], from: .sequences(draw),
            moving: ["discriminator"])
        phase.times = times
        return phase
    }

    private func groups(rate: Float) -> [TrainedGroup] {
        var optimizer = OptimizerSettings()
        (optimizer.learningRate, optimizer.clipNorm) = (rate, 10)
        return [TrainedGroup(ParameterGroup("discriminator", modules: [SequenceDiscriminator.module]), optimizer)]
    }

    /// D = (1 − s)·p/(p + q) where the data has p and the policy q (Goodfellow et al. 2014, proposition 1).
    @Test func theDiscriminatorFindsItsOptimum() throws {
        let data: [[Int32]] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2].map { [$0] }
        let written: [[Int32]] = [0, 0, 1, 1, 1, 2, 2, 2, 2, 2].map { [$0] }
        try Writing.withFile(train: data) { path in
            let context = Writing.context(tokens: 3, length: 1, columns: 10)
            let discriminator = SequenceDiscriminator(context.policy, width: 4)
            let draw = SequenceDraw(path, columns: 10, freshColumns: 10)
            var design = TrainingDesign(groups: groups(rate: 0.01), phases: [judging(discriminator, draw, times: 600)])
            nonisolated(unsafe) var rewards: [Float] = []
            design.scorers = [AdversarialScore(discriminator, weight: 1), Rewards { rewards = $0 }]
            let trainer = try Trainer(design, context)
            var metrics = MetricSample(MetricSet(trainer.metrics))
            for update: UInt64 in 0..<2 {
                Writing.load(written, trainer, context)
                _ = try trainer.step(frames: 10 * update, update: update, &metrics)
            }
            for (token, (p, q)) in [(0.6, 0.2), (0.3, 0.3), (0.1, 0.5)].enumerated() {
                let told = 1 - exp(-Double(rewards[written.firstIndex { $0[0] == token }!]))
                #expect(abs(told - 0.9 * p / (p + q)) < 0.01, "\(token): \(told)")
            }
        }
    }

    /// What is told step by step sums up to −log(1 − D) of the whole.
    @Test func theScoreOfASequenceIsThatOfItsEnd() throws {
        let context = Writing.context(tokens: 3, length: 3, columns: 27)
        let discriminator = SequenceDiscriminator(context.policy, width: 4)
        let sequences = Writing.all(tokens: 3, length: 3)
        try Writing.withFile(train: sequences) { path in
            let draw = SequenceDraw(path, columns: 27, freshColumns: 27)
            nonisolated(unsafe) var rewards: [Float] = []
            func score(_ written: [[Int32]]) throws -> [Float] {
                var design = TrainingDesign(groups: groups(rate: 0), phases: [judging(discriminator, draw, times: 1)])
                design.scorers = [AdversarialScore(discriminator, weight: 2), Rewards { rewards = $0 }]
                let trainer = try Trainer(design, context)
                trainer.set("discriminator.output.weight", to: [5, -8, 6, 7])
                Writing.load(written, trainer, context)
                var metrics = MetricSample(MetricSet(trainer.metrics))
                _ = try trainer.step(frames: 0, update: 0, &metrics)
                let sums = (0..<27).map { column in (0..<3).reduce(0) { $0 + rewards[$1 * 27 + column] } }
                #expect(abs(metrics[.adversarialReward] - Double(sums.reduce(0, +) / 54)) < 1e-5)
                return sums
            }
            let sums = try score(sequences)
            #expect(Set(sums).count == 27 && sums.allSatisfy { $0 > 0 })
            // The score is of the sequence, wherever it stands.
            let reversed = try score(sequences.reversed())
            #expect(zip(sums, reversed.reversed()).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test func aDiscriminatorThatTellsEnoughRests() throws {
        try Writing.withFile(train: [[0], [1]]) { path in
            let context = Writing.context(tokens: 3, length: 1, columns: 2)
            let discriminator = SequenceDiscriminator(context.policy, width: 4)
            for (gate, moves) in [(Float(1), true), (-0.1, false)] {
                let draw = SequenceDraw(path, columns: 2, freshColumns: 2)
                let trainer = try Trainer(
                    TrainingDesign(groups: groups(rate: 0.1), phases: [judging(discriminator, draw, gate: gate, times: 1)]), context)
                let before = trainer.values
                Writing.load([[2], [2]], trainer, context)
                var metrics = MetricSample(MetricSet(trainer.metrics))
                _ = try trainer.step(frames: 0, update: 0, &metrics)
                #expect((trainer.values != before) == moves)
                #expect((0...1).contains(metrics[.discriminatorAccuracy]))
            }
        }
    }

    /// The prior is the policy as likelihood left it, however far the policy goes.
    @Test func thePriorStaysWhereLikelihoodEnded() throws {
        try Writing.withFile(train: [[0, 1], [1, 0]]) { path in
            var generator = Generator()
            (generator.likelihood.data, generator.likelihood.frames) = (path, 8)
            (generator.likelihood.updatesPerFrame, generator.likelihood.columns) = (1, 2)
            (generator.adversaryWeight, generator.priorWeight, generator.klWeight) = (0, 1, 0.5)
            var optimizer = OptimizerSettings()
            optimizer.learningRate = 0.05
            let context = Writing.context(tokens: 3, length: 2, columns: 2, optimizer: optimizer)
            var design = generator.design(context)
            nonisolated(unsafe) var rewards: [Float] = []
            design.scorers.append(Rewards { rewards = $0 })
            let trainer = try Trainer(design, context)
            var metrics = MetricSample(MetricSet(trainer.metrics))
            var priors: [Double] = []
            var parameters: [[Float]] = []
            for update: UInt64 in 0..<6 {
                Writing.load([[0, 1], [2, 2]], trainer, context)
                metrics.clear()
                _ = try trainer.step(frames: 4 * update, update: update, &metrics)
                parameters.append(trainer.values)
                if update < 2 { #expect(metrics[.priorLogProbability].isNaN) } else { priors.append(metrics[.priorLogProbability]) }
            }
            #expect(Set(parameters).count == 6 && Set(priors).count == 1)
            // c·log p − κ·(log μ − log p), and log μ was written as 0.
            #expect(abs(Double(rewards.reduce(0, +)) / 4 - 1.5 * priors[0]) < 1e-5)
        }
    }
}
