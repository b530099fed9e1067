import StarlingExperience
import Testing

@Suite struct DigestTests {
    private func digest(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes(Digest.of) }

    /// The buffer of xxHash's own sanity checks (`tests/sanity_test.c`): the high bytes of a multiplicative sequence.
    private let sanityBuffer: [UInt8] = {
        var generator: UInt64 = 2_654_435_761
        return (0..<222).map { _ in
            defer { generator &*= 11_400_714_785_074_694_797 }
            return UInt8(generator >> 56)
        }
    }()

    /// Published by xxHash for seed 0.
    @Test(
        arguments: [
            (0, 0xEF46_DB37_51D8_E999), (1, 0xE934_A84A_DB05_2768), (4, 0x9136_A0DC_A574_57EE),
            (14, 0x8282_DCC4_994E_35C8), (222, 0xB641_AE8C_B691_C174),
        ] as [(Int, UInt64)])
    func equalsTheSanityChecks(length: Int, expected: UInt64) {
        #expect(digest(Array(sanityBuffer.prefix(length))) == expected)
    }

    @Test(
        arguments: [
            ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func equalsWellKnownStrings(text: String, expected: UInt64) { #expect(digest(Array(text.utf8)) == expected) }

    /// Every length from 0 to 100, so every tail of the algorithm; folded with PyPI's `xxhash` 3.
    @Test func equalsXxhashAtEveryLength() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * $0 + 7) }
        let folded = (0...100).reduce(UInt64(0)) { $0 &* 31 &+ digest(Array(bytes.prefix($1))) }
        #expect(folded == 0x9DE3_29DB_B9FE_F35A)
    }

    @Test func alignmentDoesNotMatter() {
        for shift in 0..<8 {
            let shifted = [UInt8](repeating: 1, count: shift) + sanityBuffer
            let value = shifted.withUnsafeBytes { Digest.of(UnsafeRawBufferPointer(rebasing: $0[shift...])) }
            #expect(value == 0xB641_AE8C_B691_C174)
        }
    }

    @Test func aSnapshotKnowsItsDigest() {
        let snapshot = ParameterSnapshot(version: .init(generation: 1, update: 2), bytes: sanityBuffer)
        #expect(snapshot.digest == 0xB641_AE8C_B691_C174)
    }
}
