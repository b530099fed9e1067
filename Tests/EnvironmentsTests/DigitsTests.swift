import Foundation
import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct DigitsTests {
    /// Digits whose pixels are their number in the file: 20 to train with labels 0 … 9 twice, 3 to test.
    private static let arrays = [
        NamedArray("train.observations", shape: [20, 1, 28, 28], (0..<20 * 784).map { UInt8($0 / 784) }),
        NamedArray("train.labels", shape: [20], (0..<20).map { UInt8($0 % 10) }),
        NamedArray("test.observations", shape: [3, 1, 28, 28], (0..<3 * 784).map { UInt8(200 + $0 / 784) }),
        NamedArray("test.labels", shape: [3], [7, 7, 1] as [UInt8]),
    ]

    /// A file of these arrays, gone when the body has ended.
    private func withFile<R>(_ arrays: [NamedArray] = arrays, _ body: (String) throws -> R) throws -> R {
        try withBytes(SafetensorsFile(arrays).encoded(), body)
    }

    private func withBytes<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
        let path = NSTemporaryDirectory() + "starling-digits-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private func digits(_ part: Digits.Part) throws -> Digits {
        let file = try withFile { try DigitFile(reading: $0) }
        var digits = Digits(part) { file }
        try digits.prepare()
        return digits
    }

    @Test func anEpisodeIsOneAnswer() throws {
        var world = try digits(.train)
        var row = [UInt8](repeating: 99, count: 784)
        for seed in 0..<40 as Range<UInt64> {
            var first = row.mutableSpan
            world.reset(seed: seed, into: &first)
            let shown = world.index
            #expect(row.allSatisfy { $0 == shown })
            let action = seed % 3 == 0 ? (shown + 1) % 10 : shown % 10
            var last = row.mutableSpan
            let result = world.step(action, into: &last)
            #expect(result == StepResult(reward: action == shown % 10 ? 1 : 0, ending: .terminated))
            #expect(row.allSatisfy { $0 == shown })
        }
    }

    @Test(arguments: [(Digits.Part.train, 0..<20), (.test, 200..<203)])
    func episodesDrawFromTheirPartAlike(part: Digits.Part, pixels: Range<Int>) throws {
        var world = try digits(part)
        var row = [UInt8](repeating: 0, count: 784)
        var counts = [Int](repeating: 0, count: 256)
        for seed in 0..<UInt64(300 * pixels.count) {
            var observation = row.mutableSpan
            world.reset(seed: seed, into: &observation)
            counts[Int(row[783])] += 1
        }
        // 300 expected of each; 5 standard deviations are 87.
        #expect(pixels.allSatisfy { abs(counts[$0] - 300) < 87 }, "\(counts)")
        #expect(pixels.reduce(0) { $0 + counts[$1] } == 300 * pixels.count)
    }

    @Test func aStateIsTheDigit() throws {
        var (world, other) = (try digits(.train), try digits(.train))
        var row = [UInt8](repeating: 0, count: 784)
        var observation = row.mutableSpan
        world.reset(seed: 5, into: &observation)
        let state = try #require(world.savedState())
        let isTaken = other.restore(from: state)
        #expect(isTaken && other.index == world.index)
        for bad in [[20, 0, 0, 0], [255, 255, 255, 255], [1, 0, 0], []] as [[UInt8]] {
            let isTaken = other.restore(from: bad)
            #expect(!isTaken && other.index == world.index)
        }
    }

    @Test func aPictureShowsTheInk() throws {
        var world = try digits(.test)
        var row = [UInt8](repeating: 0, count: 784)
        var observation = row.mutableSpan
        world.reset(seed: 1, into: &observation)
        #expect(world.picture == .text(Array(repeating: String(repeating: "█", count: 28), count: 14)))
        #expect(Digits(.train).picture == nil)
    }

    // MARK: What is wrong with a file

    private func fault(_ arrays: [NamedArray]) throws -> String {
        try withFile(arrays) { path in
            let error = #expect(throws: DigitFileError.self) { try DigitFile(reading: path) }
            let said = try #require(error).description
            #expect(said.contains(path) && said.contains("scripts/digits") && !said.contains("\n"))
            return said
        }
    }

    @Test func aMissingFileIsToldWithItsPlaceAndTheRemedy() {
        let error = #expect(throws: DigitFileError.self) { try DigitFile(reading: "/nowhere/digits.safetensors") }
        #expect(
            error?.description
                == "there is no file /nowhere/digits.safetensors; `scripts/digits mnist` writes it, or STARLING_DIGITS says where one is")
    }

    @Test func aFileOfOtherThingsIsToldWithWhatIsWrong() throws {
        let good = Self.arrays
        #expect(try fault(Array(good.dropLast())).contains("test.observations and test.labels"))
        let flat = NamedArray("train.observations", shape: [20, 784], good[0].bytes)
        #expect(try fault([flat] + good.dropFirst()).contains("train.observations is U8 [20, 784]"))
        let few = NamedArray("train.labels", shape: [19], Array(good[1].bytes.dropLast()))
        #expect(try fault([good[0], few] + good.dropFirst(2)).contains("train.labels U8 [19]"))
        let eleven = NamedArray("test.labels", shape: [3], [7, 10, 1] as [UInt8])
        #expect(try fault(good.dropLast() + [eleven]).contains("test.labels holds a 10"))
        let none = [NamedArray("test.observations", shape: [0, 1, 28, 28], [] as [UInt8]), NamedArray("test.labels", [] as [UInt8])]
        #expect(try fault(good.dropLast(2) + none).contains("[0, 1, 28, 28]"))
        try withBytes(Array("no safetensors at all".utf8)) { path in
            let error = #expect(throws: DigitFileError.self) { try DigitFile(reading: path) }
            #expect(error?.description.contains("safetensors header") == true)
        }
        let directory = #expect(throws: DigitFileError.self) { try DigitFile(reading: NSTemporaryDirectory()) }
        #expect(directory?.description.contains("can't be read") == true)
    }

    // MARK: In a registry

    private struct Missing: Error, CustomStringConvertible { let description = "there is no tin; open one" }

    /// Shapes are told where there is no file, for every actor offers every environment; a batch is not made.
    @Test func whoLacksItCanStillTellItsShapes() throws {
        let entry = EnvironmentRegistry.Entry("tin") { Digits(.train) { throw Missing() } }
        #expect(entry.spec.observation == ObservationSpec(shape: [1, 28, 28], scalar: .uint8) && entry.spec.action == .discrete(10))
        let error = #expect(throws: EnvironmentError.self) { try entry.check() }
        #expect(error?.code == .unusable && error?.message == "Environment 'tin' can't be used here: there is no tin; open one")
        #expect(throws: EnvironmentError.self) { try entry.makeBatch(count: 3) }
    }

    @Test func aBatchPreparesItsEnvironments() throws {
        let file = try withFile { try DigitFile(reading: $0) }
        let batch = try EnvironmentRegistry.Entry("tin") { Digits(.test) { file } }.makeBatch(count: 3)
        var rows = [UInt8](repeating: 0, count: 3 * 784)
        rows.withUnsafeMutableBytes { try! batch.reset(seeds: [1, 2, 3], into: $0) }
        #expect(rows.allSatisfy { (200..<203).contains($0) })
    }
}
