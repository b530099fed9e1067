import StarlingCompute
import StarlingConfiguration
import StarlingExperience
import StarlingLatentPolicy
import StarlingLearning
import StarlingMessages
import StarlingTraining
import Testing

/// Models that can't be built, and who tells so.
@Suite struct ModelValidationTests {
    static let model = ModelSpec.minAtar
    static let pictures = environment([4, 10, 10])

    /// A change of a model that fits, and words of the fault.
    static let faults: [(@Sendable (inout ModelSpec) -> Void, String)] = [
        ({ $0.encoder = .convolutional([.init(4, kernel: 11)], dense: []) }, "larger than its image [4, 10, 10]"),
        ({ $0.encoder = .convolutional([.init(4, kernel: 3, stride: 4), .init(4, kernel: 3)], dense: []) }, "convolution 1"),
        ({ $0.encoder = .mirrored }, "the encoder takes"),
        ({ $0.policy = .mirrored }, "the policy takes dense"),
        ({ $0.value = .convolutional([], dense: []) }, "the value takes dense"),
        ({ $0.decoder = .convolutional([], dense: []) }, "the decoder takes"),
        (
            { $0.decoder = .transposeConvolutional(dense: [], image: .init(channels: 4, height: 8, width: 8), [.init(5, kernel: 3)]) },
            "gives images [5, 10, 10], observations are [4, 10, 10]"
        ),
        (
            {
                $0.decoder = .transposeConvolutional(
                    dense: [], image: .init(channels: 4, height: 8, width: 8), [.init(4, kernel: 3, outputPadding: 1)])
            },
            "output padding 1 is not below its stride 1"
        ),
        (
            {
                $0.decoder = .transposeConvolutional(
                    dense: [], image: .init(channels: 4, height: 1, width: 1), [.init(4, kernel: 1, padding: 1)])
            },
            "leaves nothing"
        ),
        ({ $0.valueBins = .init(.twoHot, count: 50, limit: 20) }, "an odd number of bins from 3 to 65535"),
        ({ $0.valueBins = .init(.hlGauss, count: 1, limit: 20) }, "so that one is about 0, not 1"),
        ({ $0.valueBins = .init(.twoHot, limit: 33) }, "the limit of the value's bins is 33.0; allowed are 0.1 to 32.0"),
        ({ $0.valueBins = .init(.hlGauss, limit: .nan) }, "the limit of the value's bins is nan"),
        ({ $0.frameStack = 0 }, "a stack has 1 to 64 frames"),
        ({ $0.latentClasses = 5 }, "32 latents are no whole number of variables of 5 classes"),
        ({ ($0.latentClasses, $0.representation) = (8, .rae) }, "the representation must be vae or vae_predict"),
        ({ ($0.latentClasses, $0.prior) = (8, .learned) }, "categorical latents have the even prior"),
        ({ $0.frameStack = 65 }, "a stack has 1 to 64 frames, not 65"),
        ({ $0.core = .gru(65_536) }, "parameters; allowed are"),
        ({ $0.encoder = .dense([65_536, 65_536]) }, "parameters; allowed are"),
        (
            { $0.encoder = .convolutional(Array(repeating: .init(65_536, kernel: 256, padding: 256), count: 64), dense: []) },
            "gives an image of"
        ),
        (
            { $0.decoder = .transposeConvolutional(dense: [], image: .init(channels: 65_536, height: 65_536, width: 65_536), []) },
            "first image has"
        ),
        ({ $0.encoder = .residual([], dense: []) }, "needs a section"),
        ({ $0.encoder = .residual([.init(65_536), .init(65_536)], dense: []) }, "parameters; allowed are"),
        ({ $0.policy = .residual([.init(4)], dense: []) }, "the policy takes dense"),
        ({ $0.decoder = .residual([], dense: []) }, "a residual decoder needs a section"),
    ]

    @Test func modelsThatFitAreLetThrough() {
        #expect(Self.model.validationError(Self.pictures) == nil)
        #expect(Self.model.with { $0.decoder = .dense([4]) }.validationError(Self.pictures) == nil)
        // What a model without decoder says of one doesn't matter.
        let none = Self.model.with { ($0.representation, $0.decoder) = (.none, .convolutional([], dense: [])) }
        #expect(none.validationError(Self.pictures) == nil)
        #expect(LatentPolicy(model: none, environment: Self.pictures).layout.slots.allSatisfy { !$0.name.hasPrefix("decoder") })
    }

    @Test(arguments: faults.indices) func faultsAreTold(index: Int) throws {
        let (change, words) = Self.faults[index]
        let fault = try #require(Self.model.with(change).validationError(Self.pictures))
        #expect(fault.contains(words), "\(fault)")
    }

    @Test func picturesAreNeeded() {
        #expect(Self.model.validationError(environment([400]))?.contains("convolutions need observations [C, H, W]") == true)
        let residual = Self.model.with { $0.encoder = .residual([.init(4), .init(3)], dense: []) }
        #expect(residual.validationError(environment([400]))?.contains("residual sections need observations [C, H, W]") == true)
        #expect(residual.validationError(Self.pictures) == nil)
        #expect(residual.validationError(environment([4, 10, 9]))?.contains("one side is even and the other odd") == true)
        #expect(residual.validationError(environment([4, 10, 8]))?.contains("images [4, 5, 4]") == true)
        #expect(residual.with { $0.decoder = .dense([]) }.validationError(environment([4, 10, 9])) == nil)
        let uneven = Self.model.with { $0.encoder = .convolutional([.init(4, kernel: 3, stride: 2)], dense: []) }
        #expect(uneven.validationError(environment([4, 10, 9]))?.contains("no mirror image") == true)
        #expect(uneven.with { $0.decoder = .dense([]) }.validationError(environment([4, 10, 9])) == nil)
    }

    /// Specs at the limits of what the wire takes are judged by their numbers, without arrays of their sizes and overflow.
    @Test func hostileSpecsAreJudged() {
        let widest = ModelSpec.Trunk.dense(Array(repeating: 65_536, count: 64))
        let wide = Self.model.with {
            ($0.encoder, $0.decoder, $0.policy, $0.value) = (widest, widest, widest, widest)
            ($0.core, $0.latentCount) = (.lstm(65_536), 65_536)
        }
        #expect(wide.validationError(environment([1, 4096, 4096]))?.contains("parameters; allowed are") == true)
        let residual = Self.model.with { $0.encoder = .residual([.init(65_536)], dense: []) }
        #expect(residual.validationError(environment([1, 1024, 1024]))?.contains("residual section 0 gives an image of 6871947") == true)
        let decoder = Self.model.with { ($0.encoder, $0.decoder) = (.dense([]), .residual([.init(65_536)], dense: [])) }
        #expect(decoder.validationError(environment([1, 1024, 1024]))?.contains("first image has 17179869184") == true)
        let longest = Self.model.with { $0.encoder = .residual(Array(repeating: .init(1, blocks: 64), count: 64), dense: []) }
        #expect(longest.validationError(Self.pictures) == nil)
        // All stacked frames count.
        #expect(Self.model.with { $0.frameStack = 64 }.validationError(environment([4, 1024, 1024]))?.contains("frames has") == true)
    }

    // MARK: The wire

    private func passed(_ model: ModelSpec, _ environment: EnvironmentSpec = pictures) throws -> ModelSpec {
        let assignment = Assignment(
            run: "run", environment: environment, model: model,
            acting: ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2), ordinal: 1, runSeed: 2,
            incarnation: 3, environmentsPerActor: 4)
        let welcome = Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "test", run: 1, generation: 1, assignment: assignment,
            status: SessionStatus(session: 1, acknowledgedThrough: 0, creditLimit: 0, newest: nil))
        let bytes = LearnerMessage.welcome(welcome).encoded()
        guard case .welcome(let read) = try bytes.withUnsafeBytes({ try LearnerMessage(decoding: $0) }) else {
            Issue.record("no welcome")
            return model
        }
        return read.assignment.model
    }

    @Test func modelsCrossTheWire() throws {
        for model in [ModelSpec.nature, .impalaShallow, .impalaDeep] { #expect(try passed(model, environment([4, 84, 84])) == model) }
        #expect(try passed(.worldModels, environment([3, 64, 64])) == .worldModels)
        #expect(try passed(.minAtar) == .minAtar)
        #expect(try passed(.minAtarGRU) == .minAtarGRU)
        #expect(try passed(.impalaShallowLSTM, environment([4, 84, 84])) == .impalaShallowLSTM)
        let stacked = ModelSpec.nature.with { $0.frameStack = 4 }
        #expect(try passed(stacked, environment([1, 84, 84])) == stacked)
        for model in [ModelSpec.minAtar.with { $0.normalizesObservations = true }, .minAtar.with { $0.normalizesHeads = true }] {
            #expect(try passed(model) == model)
        }
        for projection in ModelSpec.ValueBins.Projection.allCases {
            let model = ModelSpec.minAtar.with { $0.valueBins = ModelSpec.ValueBins(projection, count: 51, limit: 2.5) }
            #expect(try passed(model) == model)
        }
        let padded = ModelSpec.minAtar.with {
            $0.encoder = .convolutional([.init(4, kernel: 3, stride: 2, padding: 1)], dense: [3])
            $0.decoder = .transposeConvolutional(
                dense: [7, 8], image: .init(channels: 2, height: 4, width: 4),
                [.init(4, kernel: 4, stride: 3, padding: 2, outputPadding: 1)])
        }
        #expect(try passed(padded) == padded)
    }

    @Test(arguments: faults.indices.filter { faults[$0].1.contains("a stack has") == false })
    func theWireRefusesWhatDoesNotFit(index: Int) throws {
        let (change, words) = Self.faults[index]
        let error = try #require(throws: MessageError.self) { _ = try passed(Self.model.with(change)) }
        #expect(error.description.contains(words), "\(error)")
    }

    /// Numbers and lists that no fault of fitting would name.
    @Test func theWireRefusesNumbersOutOfBounds() {
        let changes: [(String, (inout ModelSpec) -> Void)] = [
            ("model.frame_stack is 65", { $0.frameStack = 65 }),
            ("model.value_bins.count is 65536", { $0.valueBins = .init(.twoHot, count: 65_536, limit: 20) }),
            ("model.core.gru is 0", { $0.core = .gru(0) }),
            ("model.core.lstm is 65537", { $0.core = .lstm(65_537) }),
            ("model.encoder.kernel is 257", { $0.encoder = .convolutional([.init(4, kernel: 257)], dense: []) }),
            ("model.encoder.stride is 0", { $0.encoder = .convolutional([.init(4, kernel: 1, stride: 0)], dense: []) }),
            ("model.encoder.kernel is 0", { $0.encoder = .convolutional([.init(4, kernel: 0)], dense: []) }),
            ("model.encoder.channels is 0", { $0.encoder = .convolutional([.init(0, kernel: 1)], dense: []) }),
            ("model.encoder.padding is 257", { $0.encoder = .convolutional([.init(1, kernel: 1, padding: 257)], dense: []) }),
            ("model.encoder has 65 entries", { $0.encoder = .convolutional(Array(repeating: .init(1, kernel: 1), count: 65), dense: []) }),
            ("model.encoder has 65 entries", { $0.encoder = .convolutional([], dense: Array(repeating: 1, count: 65)) }),
            ("model.encoder.channels is 0", { $0.encoder = .residual([.init(0)], dense: []) }),
            ("model.encoder.blocks is 65", { $0.encoder = .residual([.init(4, blocks: 65)], dense: []) }),
            ("model.encoder has 65 entries", { $0.encoder = .residual(Array(repeating: .init(1), count: 65), dense: []) }),
            ("model.decoder is 0", { $0.decoder = .transposeConvolutional(dense: [], image: .init(channels: 0, height: 1, width: 1), []) }),
            (
                "model.decoder.stride is 0",
                {
                    $0.decoder = .transposeConvolutional(
                        dense: [], image: .init(channels: 1, height: 1, width: 1), [.init(4, kernel: 1, stride: 0)])
                }
            ),
        ]
        for (words, change) in changes {
            let error = #expect(throws: MessageError.self) { _ = try passed(Self.model.with(change)) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    // MARK: Recipes

    private func settings(_ text: String) throws -> RunSettings {
        var settings = RunSettings()
        try settings.apply(RunFile(text: text, name: "test"))
        return settings
    }

    @Test func recipesSayConvolutions() throws {
        let mirrored = try settings(
            """
            model: {convolutions: {channels: [16, 32], kernels: [4, 3], strides: 2}, encoder: 128, observation_scale: 255}
            """)
        #expect(
            mirrored.modelSpec.encoder
                == .convolutional([.init(16, kernel: 4, stride: 2), .init(32, kernel: 3, stride: 2)], dense: [128]))
        #expect(mirrored.modelSpec.decoder == .mirrored)
        try mirrored.check(environment: environment([2, 32, 32]))

        let deep = try settings(
            """
            model: {residual: {channels: [16, 32, 32]}, encoder: 256, value: [], activation: relu, latent: 32,
              variance: 0.1, observation_scale: 255}
            """)
        #expect(deep.modelSpec == .impalaDeep)
        try deep.check(environment: environment([4, 84, 84]))

        let worldModels = try settings(
            """
            model:
              convolutions: {channels: [32, 64, 128, 256], kernels: 4, strides: 2}
              encoder: []
              decoder: []
              value: []
              deconvolutions: {image: [1024, 1, 1], linear_image: true, channels: [128, 64, 32, 3], kernels: [5, 5, 6, 6], strides: 2}
              activation: relu
              latent: 32
              likelihood: sigmoid_normal
              variance: 0.5
              observation_scale: 255
            """)
        #expect(worldModels.modelSpec == .worldModels)
        try worldModels.check(environment: environment([3, 64, 64]))
    }

    @Test(arguments: [
        ("{convolutions: {channels: [16, 32, 32], kernels: [4, 3]}}", "model.convolutions.kernels has 2 numbers"),
        ("{residual: {channels: [16, 32], blocks: [1, 2, 3]}}", "model.residual.blocks has 3 numbers"),
        ("{residual: {channels: [16]}, convolutions: {channels: [16]}}", "both describe the encoder"),
        ("{convolutions: {channels: [16], kernels: 40}}", "kernel 40 of convolution 0 is larger"),
        ("{deconvolutions: {channels: [2], image: [1, 32, 32]}}", "model.decoder is mirror"),
        ("{decoder: [], deconvolutions: {channels: [2], image: [1, 32]}}", "model.deconvolutions.image is [1, 32]"),
        ("{decoder: [], deconvolutions: {channels: [3], image: [1, 30, 30]}}", "gives images [3, 32, 32]"),
        ("{decoder: [], deconvolutions: {channels: [2], image: [1, 30, 30], output_paddings: []}}", "output_paddings has 0"),
    ])
    func checkTellsWhatDoesNotFit(model: String, words: String) throws {
        let settings = try settings("model: \(model)")
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: environment([2, 32, 32])) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func recipesSayMemory() throws {
        let model = try settings("model: {core: lstm, core_width: 12, frame_stack: 3}").modelSpec
        #expect(model.core == .lstm(12) && model.frameStack == 3)
        #expect(try settings("model: {core: gru}").modelSpec.core == .gru(64))
        #expect(try settings("model: {core_width: 12}").modelSpec.core == .none)
        for wrong in ["core: rnn", "core_width: 0", "frame_stack: 0", "frame_stack: 65"] {
            #expect(throws: ConfigurationError.self) { _ = try settings("model: {\(wrong)}") }
        }
        // Scales are told for a frame, not for a stack.
        let scaled = try settings("model: {frame_stack: 2, observation_scale: [1, 2, 3]}")
        try scaled.check(environment: environment([3]))
        #expect(throws: ConfigurationError.self) { try scaled.check(environment: environment([6])) }
    }

    @Test func recipesSayNormalisation() throws {
        #expect(try settings("").modelSpec.normalizesObservations && !settings("").modelSpec.normalizesHeads)
        #expect(try !settings("model: {normalize_observations: false}").modelSpec.normalizesObservations)
        // Where they are of a known scale, it is left alone.
        #expect(try !settings("model: {observation_scale: 255}").modelSpec.normalizesObservations)
        #expect(try !settings("model: {likelihood: bernoulli}").modelSpec.normalizesObservations)
        #expect(try settings("model: {normalize_observations: true}").modelSpec.normalizesObservations)
        #expect(try settings("model: {normalize_heads: true}").modelSpec.normalizesHeads)
        // Of likelihoods of numbers in 0…1 there is nothing left.
        for likelihood in ["bernoulli", "sigmoid_normal"] {
            let settings = try settings("model: {normalize_observations: true, likelihood: \(likelihood)}")
            let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: environment([3])) }
            #expect(error?.message.contains("set model.likelihood to normal") == true)
            var without = settings
            without.latent.representation = .none
            try without.check(environment: environment([3]))
        }
    }

    @Test func recipesSayWhatAValueIs() throws {
        #expect(try settings("").modelSpec.valueBins == nil)
        #expect(try settings("model: {value_head: two_hot}").modelSpec.valueBins == ModelSpec.ValueBins(.twoHot, count: 255, limit: 20))
        let gauss = try settings("model: {value_head: hl_gauss, value_bins: 51, value_limit: 150}")
        #expect(gauss.modelSpec.valueBins == ModelSpec.ValueBins(.hlGauss, count: 51, limit: 150))
        try gauss.check(environment: environment([3]))
        let endless = try settings("model: {value_head: hl_gauss}")
        let error = #expect(throws: ConfigurationError.self) { try endless.check(environment: environment([3])) }
        #expect(error?.message.contains("set model.value_limit to the largest |return|") == true)
        let even = try settings("model: {value_head: two_hot, value_bins: 50}")
        #expect(throws: ConfigurationError.self) { try even.check(environment: environment([3])) }
        for wrong in ["value_head: c51", "value_bins: 2", "value_limit: 0"] {
            #expect(throws: ConfigurationError.self) { _ = try settings("model: {\(wrong)}") }
        }
    }

    @Test func decoderIsAListOrMirror() throws {
        #expect(try settings("").model.decoder == nil)
        #expect(try settings("model: {decoder: mirror}").model.decoder == nil)
        #expect(try settings("model: {decoder: 5}").model.decoder == [5])
        #expect(try settings("model: {decoder: []}").model.decoder == [])
        #expect(try settings("model: {decoder: [3, 4]}").modelSpec.decoder == .dense([3, 4]))
        for wrong in ["[0]", "[a]", "mirrored", "65537", "[1.5]"] {
            #expect(throws: ConfigurationError.self) { _ = try settings("model: {decoder: \(wrong)}") }
        }
    }
}
