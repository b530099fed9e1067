import Foundation
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingReturns
import StarlingSafetensors
import StarlingTraining
import StarlingTransport
import Testing

func isClose(_ value: Float, _ expected: Float, _ tolerance: Float = 1e-5) -> Bool {
    abs(value - expected) <= tolerance * max(1, abs(expected))
}

/// The loss of the value-based algorithms on whole batches, with a target.
private struct ActionValueStep: Algorithm {
    static let name = "action_values"
    static let summary = ""
    static let keys = KeyTable<Self>([])
    var bootstrap = ActionValueLoss.Bootstrap.greedy
    var isDueling = false
    var discount: Float = 0
    var lambda: Float = 0
    var huber: Float = 1
    var epsilon: Float = 0

    func design(_ context: TrainingContext) -> TrainingDesign {
        var exploration = Exploration()
        (exploration.start, exploration.end) = (epsilon, epsilon)
        let loss = ActionValueLoss(
            values: ActionValues(isDueling: isDueling), bootstrap: bootstrap, discount: discount, lambda: lambda, usesTarget: true,
            huber: huber, exploration: exploration)
        return TrainingDesign(
            groups: [TrainedGroup(.all, context.optimizer, target: .average(share: 0.05))], phases: [Phase(context.representation + [loss])]
        )
    }
}

/// The loss of soft actor-critic on whole batches.
private struct SoftStep: Algorithm {
    static let name = "soft"
    static let summary = ""
    static let keys = KeyTable<Self>([])
    var discount: Float = 0
    var entropy = SoftActorCriticLoss.TargetEntropy.nats(0)

    func design(_ context: TrainingContext) -> TrainingDesign {
        let critics = SoftCritics(context.policy, hidden: [16], temperature: .learned(from: 1))
        let loss = SoftActorCriticLoss(critics, discount: discount, targetEntropy: entropy)
        return TrainingDesign(
            groups: [TrainedGroup(.all, context.optimizer, target: .average(share: 0.05))], phases: [Phase(context.representation + [loss])]
        )
    }
}

/// The algorithm of a real run with a fixture's parameters and its unrolls.
final class JointStep {
    let trainer: Trainer
    private let file: SafetensorsFile
    private let unrolls: [(block: UnrollBlock, header: UnrollHeader)]
    private let layout: UnrollLayout

    /// Environments of an unroll.
    private static let width = 3
    /// What the noise of each unroll comes from: key, first step and first environment.
    private static let origins: [(UInt64, UInt64, UInt32)] = [
        (0x0123_4567_89AB_CDEF, 0xFFFF_FFFE, 6), (0xFEDC_BA98_7654_3210, 17, 0),
    ]

    /// - Parameters:
    ///   - actsItself: the behaviour log-probabilities are those of the fixture's own policy at lag 0.
    ///   - epochs: of PPO.
    init(_ variant: String, actsItself: Bool = false, learnersKey: UInt64? = nil, epochs: Int = 1) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let url = tests.appending(path: "Fixtures/joint-step/\(variant).safetensors")
        file = try SafetensorsFile(decoding: Array(try Data(contentsOf: url)))
        let metadata = file.metadata
        func number(_ key: String) throws -> Float { try #require(metadata[key].flatMap(Float.init)) }

        let isImage = metadata["convolution"] != nil
        let hasParts = metadata["parts"] != nil
        let parts = [ObservationSpec.Part("picture", [1, 4, 4], .uint8), .init("vector", [4])]
        let environment = EnvironmentSpec(
            name: "fixture", observation: hasParts ? ObservationSpec(parts: parts) : ObservationSpec(shape: isImage ? [1, 4, 4] : [4]),
            action: Self.action(metadata), masksActions: metadata["masked"] != nil)
        let variance = ModelSpec.Likelihood.Variance.fixed(try number("variance"))
        var model = ModelSpec(
            encoder: isImage ? .convolutional([ModelSpec.Convolution(6, kernel: 3)], dense: [16]) : .dense([16, 16]), decoder: .dense([16]),
            policy: .dense([16]), value: .dense([16]),
            activation: .tanh, latentCount: 3, likelihood: .normal(variance: variance),
            representation: try #require(["vae": .vae, "rae": .rae, "predict": .predict, "none": .none][metadata["autoencoder"]!]),
            observationScale: isImage ? [] : [2.4, 3, 0.21, 3],
            actionDistribution: metadata["action"] == "tanh_gaussian" ? .tanhGaussian : .gaussian,
            core: metadata["core"] == "gru" ? .gru(5) : metadata["core"] == "lstm" ? .lstm(5) : .none,
            valueBins: try metadata["value_head"].map { head in
                try ModelSpec.ValueBins(
                    head == "two_hot" ? .twoHot : .hlGauss, count: Int(number("value_bins")), limit: number("value_limit"))
            })
        if hasParts {
            (model.encoder, model.decoder, model.observationScale) = (.dense([16]), .mirrored, [])
            model.branches = [
                .init("vector", encoder: .dense([16]), scale: 2, likelihood: .normal(variance: variance)),
                .init(
                    "picture", encoder: .convolutional([ModelSpec.Convolution(6, kernel: 3)], dense: [16]), decoder: .dense([16]),
                    scale: 255, likelihood: .normal(variance: variance, mean: .sigmoid), weight: 0.5),
            ]
        }
        let acting = ActingSpec(
            latentMode: metadata["latent_mode"] == "noise" ? .noise : .mean, unrollLength: 5, environmentsPerUnroll: 3)
        var latent = LatentSettings()
        latent.encoderGradient = try #require(LatentSettings.EncoderGradient(rawValue: metadata["encoder_grad"]!))
        latent.vaeCost = try number("vae_cost")
        latent.klWeight = 0.1
        latent.predictionCost = latent.vaeCost
        (latent.predictionSteps, latent.predictionHidden, latent.targetShare) = (3, [16], 0.05)
        latent.freeNats = try number("free_nats")
        var optimization = OptimizerSettings()
        optimization.learningRate = try number("learning_rate")
        optimization.clipNorm = try number("clip_norm")
        optimization.epsilon = try number("epsilon")

        let kinds: [UInt8] = try #require(file["input.kind"]?.values())
        let columnCount = kinds.count / acting.unrollLength
        let context = TrainingContext(
            LatentPolicy(model: model, environment: environment), acting: acting, columnCount: columnCount, latent: latent,
            optimizer: optimization, compute: .cpu())
        trainer = try Trainer(Self.algorithm(metadata, epochs: epochs, rows: kinds.count).design(context), context)
        layout = UnrollLayout(environment: environment, model: model, acting: acting)
        let byteCount = layout.byteCount
        unrolls = Self.origins.prefix(columnCount / Self.width).map { key, step, environment in
            let header = UnrollHeader(
                sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: step,
                firstEnvironment: environment, noiseKey: learnersKey ?? key, episodes: [])
            return (UnrollBlock(byteCount: byteCount), header)
        }
        try fillParameters()
        trainer.copyTarget()
        if metadata["algorithm"] == "q" { turnTarget() }
        let behavior = actsItself ? "row.logProbability" : "input.behaviorLogProbability"
        for number in unrolls.indices { try fillUnroll(number, behavior: behavior) }
    }

    private static func action(_ metadata: [String: String]) -> ActionSpec {
        guard metadata["action"] == nil else { return .continuous(low: [-1, -1], high: [1, 1]) }
        let counts = (metadata["choices"] ?? "2").split { !$0.isNumber }.map { Int($0)! }
        return counts.count == 1 ? .discrete(counts[0]) : .multiDiscrete(counts)
    }

    private static func algorithm(_ metadata: [String: String], epochs: Int, rows: Int) throws -> any Algorithm {
        func number(_ key: String) throws -> Float { try #require(metadata[key].flatMap(Float.init)) }
        switch metadata["algorithm"] {
        case "ppo":
            var ppo = PPO()
            (ppo.discount, ppo.lambda) = (try number("discount"), try number("lambda_"))
            (ppo.valueCost, ppo.entropyCost) = (try number("value_cost"), try number("entropy_cost"))
            (ppo.clip, ppo.rhoClip) = (try number("clip"), try number("rho_clip"))
            ppo.epochs = epochs
            ppo.normalizesReturns = false
            ppo.minibatchRows = metadata["minibatch_rows"] == nil ? rows : Int(try number("minibatch_rows"))
            return ppo
        case "q":
            return try ActionValueStep(
                bootstrap: #require(
                    ["greedy": .greedy, "double": .double, "taken": .taken, "expected": .expected][metadata["bootstrap"]!]),
                isDueling: metadata["dueling"] != nil, discount: number("discount"), lambda: number("trace"), huber: number("huber"),
                epsilon: number("exploring"))
        case "sac":
            return try SoftStep(
                discount: number("discount"),
                entropy: metadata["entropy"] == nil ? .share(number("entropy_share")) : .nats(number("entropy")))
        case "a2c":
            var a2c = A2C()
            (a2c.discount, a2c.lambda) = (try number("discount"), try number("lambda_"))
            (a2c.valueCost, a2c.entropyCost) = (try number("value_cost"), try number("entropy_cost"))
            return a2c
        default:
            var vtrace = VTrace()
            vtrace.targets = VTraceTargets.Settings(
                discount: try number("discount"), lambda: try number("lambda_"), rhoClip: try number("rho_clip"),
                cClip: try number("c_clip"), pgRhoClip: try number("pg_rho_clip"))
            (vtrace.valueCost, vtrace.entropyCost) = (try number("value_cost"), try number("entropy_cost"))
            vtrace.rewardScale = metadata["reward_scale"] == nil ? 1 : try number("reward_scale")
            return vtrace
        }
    }

    var unrollCount: Int { unrolls.count }

    /// No actor may send this.
    func spoilLogProbability() {
        MutableUnrollView(layout, unrolls[0].block.base).behaviorLogProbabilities(at: 1)[0] = .nan
    }

    func array(_ name: String) throws -> [Float] { try #require(file[name]?.values(), "no array \(name)") }

    /// Loads the unrolls as the learner does and makes a step.
    func run() throws -> (frames: Int, metrics: MetricSample) {
        for (number, unroll) in unrolls.enumerated() {
            trainer.load(UnrollView(layout, unroll.block.base), unroll.header, column: number * Self.width)
        }
        var metrics = MetricSample(MetricSet(trainer.metrics))
        trainer.diagnoseNext()
        return (try trainer.step(frames: 0, update: 0, &metrics), metrics)
    }

    func compareGradients() throws {
        try compare("gradient", 1e-5) { body in trainer.gradients { body($0) } }
    }

    func compareParameters() throws {
        try compare("updated", 1e-4) { body in trainer.parameters.withUnsafeBufferPointer { body($0) } }
    }

    private func compare(
        _ kind: String, _ tolerance: Float, _ lend: ((UnsafeBufferPointer<Float>) -> Void) -> Void
    ) throws {
        let expected = try trainer.layout.slots.map { ($0, try array("\(kind).\($0.name)")) }
        lend { values in
            for (slot, expected) in expected {
                let worst = (0..<slot.count).map { index in
                    abs(values[slot.offset + index] - expected[index]) / max(1, abs(expected[index]))
                }.max()!
                #expect(worst <= tolerance, "\(kind).\(slot.name) is off by \(worst)")
            }
        }
    }

    /// Gives the target another opinion which action is best.
    private func turnTarget() {
        let slots = trainer.layout.slots.filter { $0.name.hasPrefix("policy.logits.") }
        trainer.target!.withUnsafeMutableBufferPointer { values in
            for slot in slots { for index in slot.offset..<slot.offset + slot.count { values[index] *= -0.7 } }
        }
    }

    private func fillParameters() throws {
        let values = try trainer.layout.slots.map { ($0, try array("parameter.\($0.name)")) }
        trainer.parameters.withUnsafeMutableBufferPointer { block in
            for (slot, values) in values {
                for index in 0..<slot.count { block[slot.offset + index] = values[index] }
            }
        }
    }

    /// Takes the unroll's columns out of the arrays of the whole batch.
    private func fillUnroll(_ number: Int, behavior: String) throws {
        let view = MutableUnrollView(layout, unrolls[number].block.base)
        let (width, first, all) = (Self.width, number * Self.width, unrolls.count * Self.width)
        let (observations, rewards, logs) = (
            try array("input.observation"), try array("input.reward"), try array(behavior)
        )
        let kinds: [UInt8] = try #require(file["input.kind"]?.values())
        let pictures: [UInt8]? = file["input.picture"]?.values()
        for t in 0...5 {
            if let pictures {
                let row = view.observations(at: t)
                for e in 0..<width {
                    let place = t * all + first + e
                    for i in 0..<4 { row.storeBytes(of: observations[place * 4 + i], toByteOffset: 32 * e + 4 * i, as: Float.self) }
                    for i in 0..<16 { row[32 * e + 16 + i] = pictures[place * 16 + i] }
                }
                continue
            }
            let size = layout.observation.count
            let row = observations[(t * all + first) * size..<(t * all + first + width) * size]
            view.observations(at: t).copyBytes(from: row.withUnsafeBytes(Array.init))
        }
        let size = view.layout.coreStateCount
        if size > 0 {
            let states = try array("input.coreState")[first * size..<(first + width) * size]
            _ = view.coreStates.update(fromContentsOf: states)
        }
        for t in 0..<5 {
            for e in 0..<width {
                let place = t * all + first + e
                view.rewards(at: t)[e] = rewards[place]
                view.behaviorLogProbabilities(at: t)[e] = logs[place]
                view.kinds(at: t)[e] = kinds[place]
            }
        }
        try fillActions(view, first..<first + width, of: all)
        guard view.layout.actionMaskWidth > 0 else { return }
        let (masks, count): ([UInt8], Int) = (try #require(file["input.mask"]?.values()), view.layout.actionMaskWidth)
        for t in 0...5 {
            let row = masks[(t * all + first) * count..<(t * all + first + width) * count]
            _ = view.actionMasks(at: t).update(fromContentsOf: row)
        }
    }

    private func fillActions(_ view: MutableUnrollView, _ columns: Range<Int>, of all: Int) throws {
        if let choices = file["input.action"]?.values(as: Int32.self) {
            let width = view.layout.actionWidth
            for t in 0..<5 {
                let row = choices[(t * all + columns.lowerBound) * width..<(t * all + columns.upperBound) * width]
                _ = view.actions(at: t).update(fromContentsOf: row)
            }
        } else {
            let samples = try array("input.action")
            for t in 0..<5 {
                let row = samples[(t * all + columns.lowerBound) * 2..<(t * all + columns.upperBound) * 2]
                _ = view.samples(at: t).update(fromContentsOf: row)
            }
        }
    }
}
