public import StarlingExperience

/// Writing in a language whose probabilities are known: an episode writes a number of words, and each action is the next. Its reward is
/// what it adds to the oracle's log p(sequence), divided by the words of a sequence: so the return is the negative of NLL_oracle, nats per
/// word, by which such generators are compared (Yu et al. 2017, "SeqGAN", eq. 9). A policy that is to learn from a data set alone doesn't
/// go by it.
///
/// Observation: `[1]`, the last word, at the beginning the size of the vocabulary.
public struct OracleText: Environment, Sendable {
    /// Of our own language, and of that of SeqGAN's authors.
    package static let names = ["OracleText", "OracleText-seqgan"]

    private let vocabulary: Int
    /// Words of a sequence.
    private let length: Int
    private let source: @Sendable () throws -> TextOracle
    private var oracle: TextOracle?
    private var memory = TextOracle.Memory(hidden: [], cell: [])
    private var written = 0
    private var last = 0
    private var logits: [Float] = []

    /// The oracle of a file of this machine: 5,000 words, 20 of them in a sequence.
    /// - Parameter name: of the file.
    public init(_ name: String) {
        self.init(vocabulary: 5000, length: 20) {
            try DataFileError.reading(name) { try TextOracle($0) }
        }
    }

    package init(vocabulary: Int, length: Int, _ oracle: @escaping @Sendable () throws -> TextOracle) {
        (self.vocabulary, self.length, source) = (vocabulary, length, oracle)
    }

    public var observationShape: [Int] { [1] }
    public var action: ActionSpec { .discrete(vocabulary) }
    public var observationLimit: Float { Float(vocabulary) }

    public mutating func prepare() throws {
        let oracle = try source()
        guard oracle.vocabulary == vocabulary else {
            throw DataFileError("the oracle has \(oracle.vocabulary) words, and here there are \(vocabulary)")
        }
        self.oracle = oracle
    }

    /// Every episode begins alike.
    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        guard let oracle else { fatalError("an oracle that was not prepared") }
        memory = oracle.beginning
        (written, last) = (0, vocabulary)
        observation[0] = Float(vocabulary)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        guard let oracle else { fatalError("an oracle that was not prepared") }
        oracle.logProbabilities(memory, into: &logits)
        let reward = logits[action] / Float(length)
        oracle.read(action, &memory)
        (written, last) = (written + 1, action)
        observation[0] = Float(action)
        return StepResult(reward: reward, ending: written == length ? .terminated : .none)
    }

    public func savedState() -> [UInt8]? {
        [written, last].flatMap { withUnsafeBytes(of: Int64($0).littleEndian) { Array($0) } }
            + (memory.hidden + memory.cell).flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }
    }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard let width = oracle?.width, state.count == 16 + 8 * width else { return false }
        let numbers = state.withUnsafeBytes { bytes in
            (0..<2).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
        }
        let floats = state.withUnsafeBytes { bytes in
            (0..<2 * width).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16 + 4 * $0, as: UInt32.self)))
            }
        }
        guard (0..<Int64(length)).contains(numbers[0]), (0...Int64(vocabulary)).contains(numbers[1]), floats.allSatisfy(\.isFinite) else {
            return false
        }
        (written, last) = (Int(numbers[0]), Int(numbers[1]))
        memory = TextOracle.Memory(hidden: Array(floats.prefix(width)), cell: Array(floats.suffix(width)))
        return true
    }

    public var picture: Picture? { .text(["\(written) of \(length) words, the last \(written == 0 ? "none" : "\(last)")"]) }
}
