import StarlingSafetensors
import Testing

/// What `encoded()` makes of the known arrays. `safetensors_fixture.py check` opens it with PyPI's safetensors.
let ourFile = """
    d0010000000000007b225f5f6d657461646174615f5f223a7b2261223a225c225c5c5c7530303061e29883222c226222
    3a2232227d2c2273746570223a7b226474797065223a22493634222c227368617065223a5b5d2c22646174615f6f6666
    73657473223a5b302c385d7d2c226b6579223a7b226474797065223a22553634222c227368617065223a5b325d2c2264
    6174615f6f666673657473223a5b382c32345d7d2c226d65616e223a7b226474797065223a22463634222c2273686170
    65223a5b315d2c22646174615f6f666673657473223a5b32342c33325d7d2c22776569676874223a7b22647479706522
    3a22463332222c227368617065223a5b322c335d2c22646174615f6f666673657473223a5b33322c35365d7d2c226163
    74696f6e223a7b226474797065223a22493332222c227368617065223a5b325d2c22646174615f6f666673657473223a
    5b35362c36345d7d2c226e6f7468696e67223a7b226474797065223a22463332222c227368617065223a5b302c345d2c
    22646174615f6f666673657473223a5b36342c36345d7d2c22706978656c73223a7b226474797065223a225538222c22
    7368617065223a5b312c335d2c22646174615f6f666673657473223a5b36342c36375d7d7d2020200100000000002000
    ffffffffffffffff0000000000000000555555555555d53f0000c03f000000c000005040cdcccc3d6042a20d00000080
    f9ffffffffffff7f007fff
    """

@Suite struct EncodingTests {
    @Test func bytesAreThoseThatPythonWasShownToRead() {
        let encoded = SafetensorsFile(knownArrays, metadata: ["b": "2", "a": "\"\\\n☃"]).encoded()
        #expect(encoded == bytes(hexadecimal: ourFile))
    }

    @Test func bytesDoNotDependOnTheOrderOfMetadata() {
        let words = (0..<20).map { ("key \($0)", "\($0)") }
        let first = SafetensorsFile([], metadata: Dictionary(uniqueKeysWithValues: words)).encoded()
        let second = SafetensorsFile([], metadata: Dictionary(uniqueKeysWithValues: words.reversed())).encoded()
        #expect(first == second)
    }

    @Test func everyArrayIsAligned() throws {
        let mixed = [
            NamedArray("a", [1] as [UInt8]), NamedArray("b", [1] as [Float]), NamedArray("c", [1] as [Double]),
        ]
        let encoded = SafetensorsFile(mixed).encoded()
        let header = encoded.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        #expect(header % 8 == 0)
        #expect(encoded.count == 8 + header + 13)
        #expect(try SafetensorsFile(decoding: encoded).arrays.map(\.name) == ["c", "b", "a"])
    }

    @Test func whatIsEncodedIsDecoded() throws {
        let words = ["who": "\u{0}\u{1F}\"\\/ ☃ 🐦", "": ""]
        let decoded = try SafetensorsFile(decoding: SafetensorsFile(knownArrays, metadata: words).encoded())
        #expect(decoded.metadata == words)
        #expect(Set(decoded.arrays) == Set(knownArrays))
        let empty = try SafetensorsFile(decoding: SafetensorsFile([]).encoded())
        #expect(empty.arrays.isEmpty && empty.metadata.isEmpty)
    }

    @Test func valuesComeOutInTheirTypeOnly() {
        #expect(knownArrays[1].values() == [9_007_199_254_740_993] as [Int64])
        #expect(knownArrays[1].values(as: Double.self) == nil)
        #expect(knownArrays[6].values() == [] as [Float])
    }
}
