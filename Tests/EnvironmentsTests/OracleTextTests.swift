import Foundation
import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct OracleTextTests {
    private static let oracle = TextOracle(vocabulary: 5, width: 4, seed: 1)
    private static let length = 4

    private func entry(_ oracle: TextOracle = oracle) -> EnvironmentRegistry.Entry {
        EnvironmentRegistry.Entry("toy") { OracleText(vocabulary: 5, length: Self.length) { oracle } }
    }

    /// log p of all 625 sequences, one after the other.
    private func logProbabilities(_ oracle: TextOracle) -> [Double] {
        (0..<625).map { number in
            var (memory, logits, sum, rest) = (oracle.beginning, [Float](), 0.0, number)
            for _ in 0..<Self.length {
                oracle.logProbabilities(memory, into: &logits)
                sum += Double(logits[rest % 5])
                oracle.read(rest % 5, &memory)
                rest /= 5
            }
            return sum
        }
    }

    @Test func probabilitiesSumToOne() {
        let sum = logProbabilities(Self.oracle).reduce(0) { $0 + exp($1) }
        #expect(abs(sum - 1) < 1e-5)
    }

    /// The mean NLL of what the oracle writes is its entropy, here by all sequences there are.
    @Test func itsOwnSequencesHaveItsEntropy() {
        let logs = logProbabilities(Self.oracle)
        let entropy = -logs.reduce(0) { $0 + exp($1) * $1 }
        let variance = logs.reduce(0) { $0 + exp($1) * ($1 + entropy) * ($1 + entropy) }
        var random = SeededGenerator(seed: 5)
        let count = 4000
        let mean = -(0..<count).reduce(0.0) { sum, _ in sum + Self.oracle.sample(Self.length, &random).logProbability } / Double(count)
        #expect(abs(mean - entropy) < 4 * (variance / Double(count)).squareRoot())
        #expect(entropy > 1)
    }

    /// The return is −NLL, nats a word; an episode ends with its last word, and shows the word before.
    @Test func theReturnIsTheLogProbability() throws {
        let batch = try entry().makeBatch(count: 1)
        var rows = Rows<Float>(reset: batch, seeds: [1])
        var random = SeededGenerator(seed: 2)
        for _ in 0..<3 {
            let (words, logProbability) = Self.oracle.sample(Self.length, &random)
            for word in words { rows.step(batch, actions: [word]) }
            let sum = rows.rewards.suffix(Self.length).joined().reduce(0, +)
            #expect(abs(Double(sum) - logProbability / Double(Self.length)) < 1e-5)
            #expect(rows.kinds.suffix(Self.length).flatMap(\.self) == [.ordinary, .ordinary, .ordinary, .terminated])
            #expect(rows.observations.suffix(Self.length + 1).map { $0[0] } == [5] + words.dropLast().map(Float.init) + [5])
        }
    }

    /// Saved in the middle of a sequence, it goes on with the same bits.
    @Test func itGoesOnFromWhatWasSaved() throws {
        let (one, other) = (try entry().makeBatch(count: 2), try entry().makeBatch(count: 2))
        var rows = Rows<Float>(reset: one, seeds: [1, 2])
        for step in 0..<6 { rows.step(one, actions: [Int32(step % 5), Int32(step * 3 % 5)]) }
        try other.restore(from: try #require(one.savedState()))
        var (expected, actual) = (Rows<Float>(first: rows.observations.last!), Rows<Float>(first: rows.observations.last!))
        for step in 0..<9 {
            expected.step(one, actions: [Int32(step * 2 % 5), 1])
            actual.step(other, actions: [Int32(step * 2 % 5), 1])
        }
        #expect(actual.rewards == expected.rewards && actual.observations == expected.observations)
    }

    @Test func aFileGivesTheSameOracle() throws {
        let file = try SafetensorsFile(decoding: SafetensorsFile(Self.oracle.arrays).encoded())
        #expect(logProbabilities(try TextOracle(file)) == logProbabilities(Self.oracle))
        var broken = file
        broken.arrays.removeAll { $0.name == "oracle.bias" }
        #expect("\(#expect(throws: DataFileError.self) { try TextOracle(broken) }!)".contains("oracle.bias"))
    }

    @Test func aFileThatIsMissingIsTold() {
        let error = #expect(throws: EnvironmentError.self) {
            try EnvironmentRegistry.Entry("text") { OracleText("/nowhere/text") }.makeBatch(count: 1)
        }
        #expect(error?.message.contains("/nowhere/text") == true && error?.message.contains("scripts/data") == true)
    }
}
