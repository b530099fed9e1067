import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingTraining
import Testing

/// One step: the action that pays is the half of the picture that is bright, or the other one where the switch is below 0. Neither the
/// picture nor the switch alone tells anything.
private struct Lamp: Environment, MultipartObservation {
    let observationParts = [ObservationSpec.Part("picture", [1, 6, 6], .uint8), .init("switch", [2])]
    let action = ActionSpec.discrete(2)
    /// What isn't shown: there is noise in its place.
    var hidden = ""
    private var random = SeededGenerator(seed: 0)
    private var answer = 0

    init(hiding hidden: String = "") { self.hidden = hidden }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: seed)
        var (side, isOn) = (random.below(2), random.below(2) == 1)
        answer = isOn ? side : 1 - side
        if hidden == "picture" { side = random.below(2) }
        if hidden == "switch" { isOn = random.below(2) == 1 }
        observation.setFloat(isOn ? 30 : -30, at: 0)
        observation.setFloat(Float(random.uniform(-1, 1)), at: 1)
        for pixel in 0..<36 { observation[8 + pixel] = UInt8(random.below(60)) + (pixel % 6 / 3 == side ? 180 : 0) }
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        for index in 0..<44 { observation[index] = 0 }
        return StepResult(reward: action == answer ? 1 : 0, ending: .terminated)
    }
}

@Suite struct PartsTests {
    private func settings(_ representation: ModelSpec.Representation, frames: UInt64) throws -> RunSettings {
        var settings = RunSettings()
        (settings.environment, settings.frames) = ("lamp", frames)
        settings.latent.representation = representation
        settings.acting.environmentsPerActor = 16
        (settings.acting.unrollLength, settings.acting.environmentsPerUnroll, settings.batch.columns) = (16, 8, 32)
        settings.batch.maxQueuedBatches = 0
        settings.optimizer.learningRate = 0.003
        settings.evaluation.episodes = 100
        settings.goal.isEnabled = false
        try settings.apply(assignments: ["model.encoder=[32]", "model.joined=[32]"])
        return settings
    }

    private func mean(_ settings: RunSettings, hiding hidden: String = "") throws -> (RunOutcome, Double) {
        let environments: EnvironmentRegistry = [.init("lamp") { Lamp(hiding: hidden) }]
        let lockstep = try Lockstep(settings, environments: environments)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.invalid == 0)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        return (outcome, try #require(lockstep.reports.last?.meanReturn))
    }

    /// With every representation, and as actors and learner see the same.
    @Test(arguments: [ModelSpec.Representation.vae, .none, .rae, .predict]) func bothPartsTellTogether(
        representation: ModelSpec.Representation
    ) throws {
        let (_, mean) = try mean(settings(representation, frames: 60_000))
        #expect(mean > 0.9, "\(mean)")
    }

    @Test(arguments: ["picture", "switch"]) func onePartAloneTellsNothing(hidden: String) throws {
        let (_, mean) = try mean(settings(.none, frames: 60_000), hiding: hidden)
        #expect(mean < 0.7, "\(mean)")
    }

    /// What tells the answer is of no use to who doesn't see it, however well it is known to the loss.
    @Test func aTargetIsNoHelpToThePolicy() throws {
        var settings = try settings(.vae, frames: 30_000)
        try settings.apply(assignments: ["model.encoders.picture.role=target", "model.encoders.picture.decoder=[16]"])
        let (_, mean) = try mean(settings)
        #expect(mean < 0.7, "\(mean)")
    }

    /// Frames are stacked part by part, states go on and reservoirs keep rows, at lag 0 with the same numbers.
    @Test func stacksCoresAndReservoirsTakeRowsOfParts() throws {
        var settings = try settings(.vae, frames: 8_000)
        settings.model.frameStack = 2
        settings.model.core = .gru
        settings.latent.replayShare = 0.5
        settings.acting.latentMode = .noise
        let lockstep = try Lockstep(settings, environments: [.init("lamp") { Lamp() }])
        let outcome = try #require(try lockstep.run())
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        let kept = try #require(lockstep.loop.learner.capture().reservoir)
        #expect(kept.observationByteCount == 2 * 44)
        // The switch is normalised by what was seen of it, ±30; the picture is divided by 255 alone.
        let layout = lockstep.loop.learner.parameterLayout
        let slot = try #require(layout.slot(named: "normalizer.switch.scale"))
        #expect(layout.slot(named: "normalizer.picture.scale") == nil)
        let scale = lockstep.loop.learner.trainer.parameters.withUnsafeBufferPointer { $0[slot.offset] }
        #expect(abs(scale - 1 / 30) < 0.005, "\(scale)")
        let names = lockstep.loop.learner.trainer.metrics.map(\.name)
        #expect(names.contains("reconstruction_loss.picture") && names.contains("reconstruction_loss.switch"))
    }

    @Test func theKeysOfAPartAreItsOwn() throws {
        let spec = EnvironmentRegistry.Entry("lamp") { Lamp() }.spec
        var settings = RunSettings()
        let usual = settings.modelSpec(for: spec)
        #expect(usual.encoder == .dense([64]) && usual.decoder == .mirrored && !usual.normalizesObservations)
        #expect(
            usual.branches == [
                .init("switch", encoder: .dense([64, 64]), isNormalized: true, likelihood: .normal(variance: .learned)),
                .init(
                    "picture", encoder: .convolutional([.init(16, kernel: 3)], dense: [64, 64]), scale: 255,
                    likelihood: .normal(variance: .learned, mean: .sigmoid)),
            ])
        try settings.apply(assignments: [
            "model.encoders={picture: {channels: [4, 8], kernels: [3, 2], dense: 12, likelihood: bernoulli, weight: 0.5}}",
            "model.encoders.switch.scale=30", "model.encoders.switch.decoder=[5]", "model.joined=[]", "model.encoder=[7]",
        ])
        let own = settings.modelSpec(for: spec)
        #expect(own.encoder == .dense([]))
        #expect(
            own.branches == [
                .init("switch", encoder: .dense([7]), decoder: .dense([5]), scale: 30, likelihood: .normal(variance: .learned)),
                .init(
                    "picture", encoder: .convolutional([.init(4, kernel: 3), .init(8, kernel: 2)], dense: [12]), likelihood: .bernoulli,
                    weight: 0.5),
            ])
        try settings.check(environment: spec)
        // What is printed is read again.
        let text = settings.keys.yaml(of: settings)
        #expect(
            text.contains(
                "encoders: {picture: {channels: [4, 8], kernels: [3, 2], dense: [12], likelihood: bernoulli, weight: 0.5}, switch: {decoder: [5], scale: 30.0}}"
            ), "\(text)")
        var again = RunSettings()
        try again.apply(RunFile(text: text, name: "again"))
        #expect(again.modelSpec(for: spec) == own)
    }

    @Test(arguments: [
        (["model.encoders.pictur.dense=[3]"], "model.encoders.pictur: observations of lamp have no such part; did you mean picture?"),
        (["model.observation_scale=255"], "set model.encoders.switch.scale"),
        (
            ["model.encoders.picture.channels=[3, 4]", "model.encoders.picture.kernels=[2, 2, 2]"],
            "model.encoders.picture.kernels has 3 numbers"
        ),
        (["model.encoders.switch.channels=[3]"], "no image [C, H, W]"),
        (["model.encoders.picture={role: target, channels: [3]}"], "no encoder sees the role target: leave its channels out"),
        (["model.encoders.picture.role=target", "model.encoders.switch.role=aside"], "the encoder sees no part"),
        (
            ["model.encoders.switch.likelihood=bernoulli", "model.encoders.switch.normalize=true"],
            "set model.encoders.switch.normalize to false"
        ),
        (["model.embedding=4"], "this has parts"),
        (["model.encoders.picture.channels=[3]", "model.encoders.picture.kernels=[9]"], "model: picture: the kernel 9"),
    ])
    func whatCantBeIsToldByName(assignments: [String], words: String) throws {
        let spec = EnvironmentRegistry.Entry("lamp") { Lamp() }.spec
        var settings = RunSettings()
        try settings.apply(assignments: assignments)
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: spec) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "none")")
    }

    @Test func partsAreOfObservationsThatHaveThem() throws {
        var settings = RunSettings.small()
        let spec = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1").spec
        try settings.apply(assignments: ["model.joined=[3]"])
        #expect(settings.warnings(environment: spec) == ["model.joined: [3] has no effect: observations are one array"])
        try settings.apply(assignments: ["model.encoders.vector.dense=[3]"])
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: spec) }
        #expect(error?.message.contains("observations of CartPole-v1 are one array") == true, "\(error?.message ?? "none")")
        for bad in ["model.encoders.vector.width=3", "model.encoders=3", "model.encoders.vector.dense=x"] {
            #expect(throws: ConfigurationError.self) { try settings.apply(assignments: [bad]) }
        }
    }
}
