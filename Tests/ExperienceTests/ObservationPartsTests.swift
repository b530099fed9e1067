import StarlingExperience
import Testing

/// Observations of several parts: where they lie, and what a model of them is.
@Suite struct ObservationPartsTests {
    typealias Part = ObservationSpec.Part

    static let rover = EnvironmentSpec(
        name: "rover",
        observation: ObservationSpec(parts: [
            Part("camera", [3, 8, 6], .uint8), Part("speed", [2]), Part("map", [1, 5, 5], .uint8), Part("arm", [3]),
        ]),
        action: .discrete(2))
    static let convolutional = ModelSpec.Trunk.convolutional([.init(4, kernel: 3)], dense: [6])
    static let model = ModelSpec(
        encoder: .dense([10]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
        likelihood: .normal(variance: 1.0), representation: .vae, observationScale: [],
        branches: [
            .init("speed", encoder: .dense([7]), isNormalized: true, likelihood: .normal(variance: .learned)),
            .init("arm", encoder: .dense([]), scale: 2, likelihood: .normal(variance: 0.5)),
            .init("camera", encoder: convolutional, scale: 255, likelihood: .normal(variance: .learned, mean: .sigmoid)),
            .init("map", encoder: .dense([5]), likelihood: .bernoulli),
        ])

    @Test func floatsComeFirstAndRowsAreWholeWords() {
        let spec = Self.rover.observation
        #expect(spec.parts.map(\.name) == ["speed", "arm", "camera", "map"])
        #expect(spec.parts.indices.map(spec.offset) == [0, 8, 20, 164])
        #expect(spec.parts.indices.map(spec.scalars) == [0..<2, 2..<5, 5..<149, 149..<174])
        #expect(spec.count == 174 && spec.floatCount == 5 && spec.byteCount == 192 && spec.shape == [192] && spec.scalar == .uint8)
        #expect("\(spec)" == "speed float32 [2], arm float32 [3], camera uint8 [3, 8, 6], map uint8 [1, 5, 5]")
        let stack = spec.stacked(3)
        #expect(stack.parts.map(\.shape) == [[6], [9], [9, 8, 6], [3, 5, 5]])
        #expect(stack.count == 3 * 174 && stack.byteCount == 3 * 192)
        // Bytes alone are not padded, and one array is what it was.
        #expect(ObservationSpec(parts: [Part("a", [3], .uint8), Part("b", [2], .uint8)]).byteCount == 5)
        let plain = ObservationSpec(shape: [3, 2])
        #expect(plain.parts.isEmpty && plain.count == 6 && plain.floatCount == 6 && plain.byteCount == 24 && "\(plain)" == "float32 [3, 2]")
        #expect(ObservationSpec(shape: [3], scalar: .uint8).floatCount == 0)
    }

    @Test(arguments: [
        ([Part("a", [1]), Part("a", [2], .uint8)], "two parts"), ([Part("a b", [1])], "names no part"),
        ([Part("a..b", [1])], "names no part"),
        ([Part("", [1])], "names no part"), ([Part("a", [])], "shape []"), ([Part("a", [2, 0])], "shape [2, 0]"),
        ((0...64).map { Part("p\($0)", [1]) }, "at most 64"),
    ])
    func partsThatCantBe(parts: [Part], words: String) {
        let fault = ObservationSpec(parts: parts).fault
        #expect(fault?.contains(words) == true, "\(fault ?? "none")")
    }

    @Test func theUnrollHasOneColumnOfBytesAndChecksItsFloats() {
        let acting = ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2)
        let schema = UnrollSchema(environment: Self.rover, model: Self.model, acting: acting)
        let column = schema[.observation]!
        #expect(column.scalar == .uint8 && column.width == 192 && column.rules == [.leadingWithin(count: 5, EnvironmentSpec.usualLimit)])
        var other = Self.rover
        other.observation = ObservationSpec(parts: Self.rover.observation.parts.map { Part($0.name, $0.shape, .uint8) })
        #expect(UnrollSchema(environment: other, model: Self.model, acting: acting)[.observation]!.rules.isEmpty)
    }

    @Test func eachPartHasAnEncoderAndADecoder() throws {
        let architecture = try ModelArchitecture(Self.model, Self.rover)
        let parameters = architecture.parts.flatMap(\.parameters)
        let shapes: [(String, [Int])] = [
            ("encoder.speed.0.weight", [7, 2]), ("encoder.camera.0.weight", [4, 3, 3, 3]), ("encoder.camera.1.weight", [6, 96]),
            ("encoder.map.0.weight", [5, 25]), ("encoder.0.weight", [10, 7 + 3 + 6 + 5]), ("encoder.mean.weight", [2, 10]),
            ("policy.logits.weight", [2, 2]), ("normalizer.speed.mean", [2]), ("normalizer.speed.scale", [2]),
            ("encoder.logVariance.weight", [2, 10]), ("value.output.weight", [1, 2]), ("decoder.0.weight", [10, 2]),
            ("decoder.speed.0.weight", [7, 10]), ("decoder.speed.output.weight", [2, 7]), ("decoder.arm.output.weight", [3, 10]),
            ("decoder.camera.0.weight", [6, 10]), ("decoder.camera.1.weight", [96, 6]), ("decoder.camera.output.weight", [4, 3, 3, 3]),
            ("decoder.map.0.weight", [5, 10]), ("decoder.map.output.weight", [25, 5]), ("likelihood.speed.logVariance", [2]),
            ("likelihood.camera.logVariance", [1]),
        ]
        #expect(parameters.filter { !$0.name.hasSuffix(".bias") }.map(\.name) == shapes.map(\.0))
        for (name, dims) in shapes { #expect(parameters.first { $0.name == name }?.dims == dims, "\(name)") }
        #expect(architecture.modules == ["encoder", "policy", "normalizer", "value", "decoder", "likelihood"])
        #expect(architecture.observationDims == [174] && architecture.branches.map(\.dims) == [[2], [3], [3, 8, 6], [25]])
        // Without a decoder there is none of any part, and frames are stacked part by part.
        var other = Self.model
        (other.representation, other.frameStack) = (.predict, 2)
        let stacked = try ModelArchitecture(other, Self.rover)
        #expect(stacked.branches.allSatisfy { $0.decoder == nil && $0.variance == nil } && stacked.decoder == nil)
        #expect(stacked.branches.map(\.dims) == [[4], [6], [6, 8, 6], [50]])
        #expect(stacked.branches[0].normalizer?.parameters.map(\.dims) == [[2], [2]])
    }

    /// What no encoder sees is a target, what nothing decodes an input, and what is neither is for others.
    @Test func partsHaveRoles() throws {
        var model = Self.model
        (model.branches[0].encoder, model.branches[0].decoder) = (nil, .dense([4]))
        model.branches[2].decoder = nil
        (model.branches[3].encoder, model.branches[3].decoder) = (nil, nil)
        let architecture = try ModelArchitecture(model, Self.rover)
        let weights = architecture.parts.flatMap(\.parameters).map(\.name).filter { !$0.hasSuffix(".bias") }
        #expect(
            weights == [
                "encoder.camera.0.weight", "encoder.camera.1.weight", "encoder.0.weight", "encoder.mean.weight", "policy.logits.weight",
                "normalizer.speed.mean", "normalizer.speed.scale", "encoder.logVariance.weight", "value.output.weight", "decoder.0.weight",
                "decoder.speed.0.weight", "decoder.speed.output.weight", "decoder.arm.output.weight", "likelihood.speed.logVariance",
            ])
        let encoder = architecture.parts.flatMap(\.parameters).first { $0.name == "encoder.0.weight" }
        #expect(encoder?.dims == [10, 3 + 6])
        #expect(architecture.explained.map(\.branch.name) == ["speed", "arm"] && architecture.explained.map(\.columns) == [0..<2, 2..<5])
        #expect(architecture.explainedCount == 5 && architecture.observationDims == [174])
        #expect(try ModelArchitecture(Self.model, Self.rover).explainedCount == 174)
    }

    static let faults: [(@Sendable (inout ModelSpec) -> Void, String)] = [
        ({ $0.branches = [] }, "the model is for observations of one array, and those of rover are speed, arm, camera, map"),
        ({ $0.branches.swapAt(0, 1) }, "observations of arm, speed"),
        ({ $0.observationScale = [2] }, "scaled part by part"),
        ({ $0.normalizesObservations = true }, "scaled part by part"),
        ({ $0.embedding = 4 }, "this has parts"),
        ({ $0.branches[1].scale = 0 }, "the scale of arm is 0"),
        ({ $0.branches[1].weight = -1 }, "the weight of arm is -1"),
        ({ for index in 0..<4 { $0.branches[index].encoder = nil } }, "the encoder sees no part"),
        ({ for index in 0..<4 { $0.branches[index].decoder = nil } }, "no part of the observations is decoded"),
        ({ $0.branches[2].encoder = nil }, "camera: the decoder mirrors an encoder, and the part has none"),
        ({ $0.encoder = convolutional }, "dense layers only"),
        ({ $0.decoder = convolutional }, "dense layers only"),
        ({ $0.branches[2].encoder = .convolutional([.init(4, kernel: 9)], dense: []) }, "camera: the kernel 9"),
        ({ $0.branches[0].encoder = convolutional }, "speed: convolutions need observations [C, H, W]"),
        (
            { $0.branches[2].encoder = .convolutional([.init(4, kernel: 4, stride: 3)], dense: []) },
            "camera: the encoder has no mirror image"
        ),
    ]

    @Test(arguments: faults.indices) func modelsThatDontFit(index: Int) {
        var model = Self.model
        Self.faults[index].0(&model)
        let fault = model.validationError(Self.rover)
        #expect(fault?.contains(Self.faults[index].1) == true, "\(fault ?? "none")")
    }

    @Test func noTwoParametersShareAName() {
        let environment = EnvironmentSpec(
            name: "x", observation: ObservationSpec(parts: [Part("a", [2]), Part("a.0", [2])]), action: .discrete(2))
        var model = Self.model
        model.branches = [
            .init("a", encoder: .residual([.init(1)], dense: []), likelihood: .bernoulli),
            .init("a.0", encoder: .dense([]), likelihood: .bernoulli),
        ]
        #expect(model.validationError(environment) != nil)
        let plain = EnvironmentSpec(name: "x", observation: ObservationSpec(shape: [2]), action: .discrete(2))
        #expect(Self.model.validationError(plain)?.contains("those of x are one array") == true)
    }
}
