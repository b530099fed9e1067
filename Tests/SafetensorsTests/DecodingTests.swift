import StarlingSafetensors
import Testing

@Suite struct DecodingTests {
    func fault(_ bytes: [UInt8]) -> SafetensorsError.Code? {
        do {
            _ = try SafetensorsFile(decoding: bytes)
            return nil
        } catch { return error.code }
    }

    @Test func pythonsFileIsRead() throws {
        let decoded = try SafetensorsFile(decoding: bytes(hexadecimal: pythonFile))
        #expect(decoded.metadata == ["who": "a \"bird\" \\ ☃ 🐦\n"])
        #expect(Set(decoded.arrays) == Set(knownArrays))
        #expect(decoded["weight"]?.values(as: Float.self)?.last?.sign == .minus)
    }

    @Test func everyTruncationIsRefused() {
        let whole = bytes(hexadecimal: pythonFile)
        for length in 0..<whole.count { #expect(fault(Array(whole[..<length])) != nil, "\(length) bytes") }
        #expect(fault(whole + [0]) == .layout)
    }

    @Test func everyBitFlipOfTheHeaderIsReadOrRefused() {
        var bytes = bytes(hexadecimal: pythonFile)
        let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        var refused = 0
        for index in 0..<8 + length {
            for bit in 0..<8 {
                bytes[index] ^= 1 << bit
                if fault(bytes) != nil { refused += 1 }
                bytes[index] ^= 1 << bit
            }
        }
        // A flip in a name gives another good name; all structure is caught.
        #expect(refused > 8 * 8 && refused < (8 + length) * 8)
    }

    @Test(arguments: [
        // Holes, overlaps, offsets that go back or past the end.
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, SafetensorsError.Code.layout),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, .layout),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, 3, .layout),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}"#, 2, .layout),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1, .truncated),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 3, .layout),
        (#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,9223372036854775807]}}"#, 0, .truncated),
        // Shapes against offsets, also where their product overflows.
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}}"#, 2, .layout),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, .layout),
        (#"{"a":{"dtype":"U8","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,1]}}"#, 1, .layout),
        // Not the JSON of the format.
        (#"{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#, 2, .unsupported),
        (#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#, 0, .header),
        (#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1, .header),
        (#"{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#, 1, .header),
        (#"{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}"#, 1, .header),
        (#"{"a":{"dtype":"U8","shape":[1]}}"#, 1, .header),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1, .header),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, 1, .header),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, .header),
        (#"{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}"#, 1, .header),
        (#"{"__metadata__":{"a":1}}"#, 0, .header),
        (#"{"__metadata__":{"a":{"b":"c"}}}"#, 0, .header),
        (#"{"a\uD83D":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, .header),
        (#"{"\x":{}}"#, 0, .header),
        (#" {}"#, 0, .header),
        (#"[]"#, 0, .header),
        (#"{}{}"#, 0, .header),
        (#"{"a":{}"#, 0, .header),
        (#"{,}"#, 0, .header),
        (#"{"a":null}"#, 0, .header),
        ("", 0, .header),
    ])
    func badFilesAreRefused(header: String, data: Int, code: SafetensorsError.Code) {
        #expect(fault(file(header, data: data)) == code)
    }

    @Test func arrayMayHaveAnyOrderInTheHeader() throws {
        let decoded = try SafetensorsFile(
            decoding: file(
                "{\n \"b\" : {\"data_offsets\":[1, 2],\"shape\":[],\"dtype\":\"U8\"},\t\"a\":{\"dtype\":\"U8\",\"shape\":[1],"
                    + "\"data_offsets\":[0,1]}, \"\\u0041\\ud83d\\udc26\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[2,2]}}  ",
                data: 2))
        #expect(decoded.arrays.map(\.name) == ["b", "a", "A🐦"])
    }

    @Test func hugeLengthsAreRefusedBeforeAnythingIsAllocated() {
        for length in [UInt64.max, 1 << 63, 100_000_001, 1000] {
            #expect(fault(withUnsafeBytes(of: length.littleEndian) { Array($0) } + [0x7B, 0x7D]) != nil)
        }
    }
}
