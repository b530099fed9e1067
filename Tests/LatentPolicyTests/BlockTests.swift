import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// The block of parameters: checkpoints and actors rely on what it was.
@Suite struct BlockTests {
    static let small = ModelSpec.minAtar.with {
        $0.encoder = .convolutional([.init(5, kernel: 3, stride: 2, padding: 1)], dense: [7])
        $0.policy = .dense([6])
        $0.value = .dense([5, 3])
    }
    static let models: [(name: String, model: ModelSpec, shape: [Int], digest: UInt64)] = [
        ("dense", small.with { ($0.encoder, $0.core) = (.dense([9, 8]), .lstm(5)) }, [6], 0x70DE_EBE7_9522_3944),
        ("mirrored", small, [3, 9, 9], 0x0CBA_D0F1_0AB0_4746),
        ("stacked", small.with { ($0.frameStack, $0.core, $0.representation) = (3, .gru(4), .rae) }, [2, 9, 9], 0x1400_283A_9ADE_1980),
        (
            "residual", small.with { $0.encoder = .residual([.init(3, blocks: 1), .init(5)], dense: [6]) }, [3, 11, 7],
            0xBF44_D1A0_CE47_9764
        ),
        (
            "explicit decoder",
            small.with {
                $0.decoder = .transposeConvolutional(
                    dense: [4], image: .init(channels: 7, height: 3, width: 3),
                    [.init(3, kernel: 3), .init(6, kernel: 4, stride: 2, padding: 1)], isImageLinear: true)
            }, [6, 10, 10], 0x9D3D_B8E5_0378_6090
        ),
        ("mixed", small.with { $0.decoder = .dense([4]) }, [6, 10, 10], 0xA1F9_F4D9_457A_4D28),
        ("no decoder", small.with { $0.representation = .none }, [6, 10, 10], 0x5CC6_5715_9B88_2582),
        // Larger than what begins orthogonal.
        ("wide", small.with { ($0.encoder, $0.decoder) = (.dense([1025, 1030]), .dense([3])) }, [6], 0xD185_B8A1_7549_D837),
    ]

    /// Names, dimensions, places and initial values. The digests are those of the builds before models were lists of parts.
    @Test(arguments: models.indices) func blocksStayAsTheyWere(index: Int) {
        let (name, model, shape, digest) = Self.models[index]
        let layout = LatentPolicy(model: model, environment: environment(shape, actions: 3)).layout
        var bytes = layout.slots.flatMap { Array("\($0.name) \($0.dims) \($0.offset)\n".utf8) }
        layout.initial(seed: 7).withUnsafeBytes { bytes += $0 }
        let found = bytes.withUnsafeBytes(Digest.of)
        #expect(found == digest, "\(name): 0x\(String(found, radix: 16))")
    }
}
