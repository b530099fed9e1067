import Foundation
import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct DigitDrawingTests {
    /// Its one hidden unit sees the first pixel, and speaks for 0 as loud as that has ink.
    private static func arrays(_ loudness: Float) -> [NamedArray] {
        [
            NamedArray("classifier.hidden_weight", shape: [64, 1], [1] + [Float](repeating: 0, count: 63)),
            NamedArray("classifier.hidden_bias", [Float(0)]),
            NamedArray("classifier.output_weight", shape: [1, 10], [loudness] + [Float](repeating: 0, count: 9)),
            NamedArray("classifier.output_bias", [Float](repeating: 0, count: 10)),
        ]
    }

    private static func classifier(_ loudness: Float = 2) -> DigitClassifier { try! DigitClassifier(SafetensorsFile(arrays(loudness))) }

    private func entry(_ classifier: DigitClassifier = classifier()) -> EnvironmentRegistry.Entry {
        EnvironmentRegistry.Entry("toy") { DigitDrawing { classifier } }
    }

    /// A name, the grey of the first pixel, and nothing else.
    private static func tokens(_ name: UInt8, _ grey: UInt8) -> [UInt8] { [name, 10 + grey] + [UInt8](repeating: 10, count: 63) }

    /// One that asks for a digit.
    private func begin(_ batch: any EnvironmentBatch, wanted: UInt8) throws -> Rows<UInt8> {
        try #require((UInt64(0)..<1000).lazy.map { Rows<UInt8>(reset: batch, seeds: [$0]) }.first { $0.observations[0].last == wanted })
    }

    /// All 65 steps' rewards and endings, where that was asked for which is named, or another.
    private func play(
        _ tokens: [UInt8], _ classifier: DigitClassifier = classifier(), wanted: UInt8? = nil
    ) throws -> (rewards: [Float], kinds: [StepKind]) {
        let batch = try entry(classifier).makeBatch(count: 1)
        var rows = try begin(batch, wanted: wanted ?? tokens[0])
        for token in tokens { rows.step(batch, actions: [Int32(token)]) }
        return (rows.rewards.flatMap(\.self), rows.kinds.flatMap(\.self))
    }

    @Test func theReturnIsWhatTheClassifierThinks() throws {
        let (rewards, kinds) = try play(Self.tokens(0, 2))
        // A guess, until half of the ink is half as loud; and what is blank adds nothing.
        #expect(abs(rewards[0] + logf(10)) < 1e-5 && abs(rewards[0] + rewards[1] - (1 - logf(expf(1) + 9))) < 1e-5)
        #expect(rewards.dropFirst(2).allSatisfy { $0 == 0 })
        #expect(kinds.count == 65 && kinds.last == .terminated && kinds.dropLast().allSatisfy { $0 == .ordinary })
        #expect(abs(try play(Self.tokens(3, 4)).rewards.reduce(0, +) + logf(expf(2) + 9)) < 1e-5)
    }

    @Test func nothingIsWorseThanTheFloor() throws {
        for name in [3, 10] as [UInt8] { #expect(try play(Self.tokens(name, 4), wanted: 0).rewards.reduce(0, +) == -10) }
        #expect(abs(try play(Self.tokens(3, 4), Self.classifier(100)).rewards.reduce(0, +) + 10) < 1e-5)
        #expect(abs(try play(Self.tokens(0, 4), Self.classifier(100)).rewards.reduce(0, +)) < 1e-5)
    }

    @Test func itShowsTheTokensTheNewestLast() throws {
        let batch = try entry().makeBatch(count: 1)
        var rows = try begin(batch, wanted: 7)
        #expect(rows.observations.last! == [UInt8](repeating: 15, count: 64) + [7])
        for token in [7, 14] as [Int32] { rows.step(batch, actions: [token]) }
        #expect(rows.observations.last! == [UInt8](repeating: 15, count: 62) + [7, 7, 14])
        for token in Self.tokens(7, 4).dropFirst(2).dropLast() { rows.step(batch, actions: [Int32(token)]) }
        #expect(rows.observations.last! == [7] + Self.tokens(7, 4).dropLast())
    }

    @Test func everyDigitIsAskedForAsOften() throws {
        let batch = try entry().makeBatch(count: 1)
        let wanted = (UInt64(0)..<2000).map { Int(Rows<UInt8>(reset: batch, seeds: [$0]).observations[0].last!) }
        for digit in 0..<10 { #expect(abs(wanted.count { $0 == digit } - 200) < 60) }
    }

    @Test func itGoesOnFromWhatWasSaved() throws {
        let (one, other) = (try entry().makeBatch(count: 1), try entry().makeBatch(count: 1))
        var rows = try begin(one, wanted: 0)
        for token in Self.tokens(0, 4).prefix(30) { rows.step(one, actions: [Int32(token)]) }
        try other.restore(from: try #require(one.savedState()))
        var (expected, actual) = (Rows<UInt8>(first: rows.observations.last!), Rows<UInt8>(first: rows.observations.last!))
        for token in Self.tokens(0, 4).dropFirst(30) {
            expected.step(one, actions: [Int32(token)])
            actual.step(other, actions: [Int32(token)])
        }
        #expect(actual.rewards == expected.rewards && actual.observations == expected.observations)
    }

    @Test func aDrawingKnowsWhatBelongsWhere() {
        let drawing = Drawing(Self.tokens(3, 4))
        #expect(drawing.digit == 3 && drawing.grey(0) == 4 && drawing.grey(1) == 0 && drawing.isWellFormed && drawing.isComplete)
        #expect(Drawing(Self.tokens(12, 4)).digit == nil && !Drawing(Self.tokens(12, 4)).isWellFormed)
        let named = Drawing([3, 7] + [UInt8](repeating: 14, count: 63))
        #expect(!named.isWellFormed && named.grey(0) == 0 && named.grey(1) == 4)
        #expect(drawing.rgb(isWrong: false).prefix(6) == [0, 0, 0, 255, 255, 255] && drawing.rgb(isWrong: true).prefix(3) == [200, 0, 0])
    }

    private static func noise(_ count: Int, ink: Int, seed: UInt64) -> [Drawing] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Drawing([0] + (0..<64).map { _ in UInt8(10 + random.below(ink)) }) }
    }

    @Test func sharesAreCounted() {
        let drawings = [Self.tokens(0, 4), Self.tokens(0, 4), Self.tokens(1, 4), Self.tokens(14, 4)].map { Drawing($0) }
        let statistics = DrawingStatistics(drawings, real: Self.noise(20, ink: 3, seed: 1), Self.classifier())
        #expect(statistics.agreement == 0.5 && statistics.malformed == 0.25)
    }

    /// As its words say, with all neighbours sorted; those of the same distance as the tenth count, too.
    @Test func theAreaIsThatOfItsDefinition() {
        let (drawings, real) = (Self.noise(14, ink: 3, seed: 2), Self.noise(15, ink: 4, seed: 3))
        let all = drawings + real
        func distance(_ one: Int, _ other: Int) -> Int {
            (0..<64).reduce(0) { $0 + (all[one].grey($1) - all[other].grey($1)) * (all[one].grey($1) - all[other].grey($1)) }
        }
        let scores = all.indices.map { one in
            let others = all.indices.filter { $0 != one }
            let tenth = others.map { distance(one, $0) }.sorted()[9]
            let near = others.filter { distance(one, $0) <= tenth }
            return Double(near.count { $0 < 14 }) / Double(near.count)
        }
        var wins = 0.0
        for one in 0..<14 { for other in 14..<29 { wins += scores[one] > scores[other] ? 1 : scores[one] == scores[other] ? 0.5 : 0 } }
        #expect(abs(DrawingStatistics.neighbourAUC(drawings, real) - wins / Double(14 * 15)) < 1e-12)
    }

    @Test func whatIsDrawnAlikeIsNotTold() {
        let real = Self.noise(150, ink: 5, seed: 4)
        #expect(abs(DrawingStatistics.neighbourAUC(Self.noise(150, ink: 5, seed: 5), real) - 0.5) < 0.1)
        #expect(DrawingStatistics.neighbourAUC(Self.noise(150, ink: 2, seed: 5), real) > 0.95)
    }

    @Test func aFileThatDoesNotFitIsTold() throws {
        let test = NamedArray("test.tokens", shape: [1, 65], Self.tokens(3, 4).map { Int32($0) })
        let file = try DrawingFile(SafetensorsFile(Self.arrays(1) + [test]))
        #expect(file.held == [Drawing(Self.tokens(3, 4))])
        for missing in ["classifier.hidden_bias", "classifier.output_weight", "test.tokens"] {
            let broken = SafetensorsFile((Self.arrays(1) + [test]).filter { $0.name != missing })
            let error = #expect(throws: DataFileError.self) { try DrawingFile(broken) }
            #expect("\(error!)".contains("classifier.") || "\(error!)".contains("test.tokens"))
        }
        let wild = NamedArray("test.tokens", shape: [1, 65], [Int32](repeating: 15, count: 65))
        #expect(
            "\(#expect(throws: DataFileError.self) { try DrawingFile(SafetensorsFile(Self.arrays(1) + [wild])) }!)".contains("below 15"))
    }
}
