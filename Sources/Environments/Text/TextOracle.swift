import Glibc
import StarlingExperience
package import StarlingSafetensors

/// A language that is known to its last digit: a long short-term memory with fixed parameters, which says how probable every sequence of
/// words is (Yu et al. 2017, "SeqGAN", section 4.1). It begins with the word 0, which is not written.
package struct TextOracle: Sendable {
    package let vocabulary: Int
    /// Units of the memory.
    package let width: Int
    private let embeddingWidth: Int
    /// `[V, E]`.
    private let embedding: [Float]
    /// `[E, 4·H]` and `[H, 4·H]`, gates in the order input, forget, cell, output; `[4·H]`.
    private let inputWeight: [Float]
    private let hiddenWeight: [Float]
    private let bias: [Float]
    /// `[H, V]` and `[V]`.
    private let outputWeight: [Float]
    private let outputBias: [Float]

    /// What it remembers of the words so far.
    package struct Memory: Hashable, Sendable {
        package var hidden: [Float]
        package var cell: [Float]
    }

    /// Parameters drawn from N(0, 1).
    package init(vocabulary: Int, width: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func normals(_ count: Int) -> [Float] {
            // Box and Muller's.
            (0..<count).map { _ in
                let radius = (-2 * log(random.uniform(0x1p-53, 1))).squareRoot()
                return Float(radius * cos(2 * .pi * random.uniform(0, 1)))
            }
        }
        (self.vocabulary, self.width, embeddingWidth) = (vocabulary, width, width)
        embedding = normals(vocabulary * width)
        inputWeight = normals(width * 4 * width)
        hiddenWeight = normals(width * 4 * width)
        bias = normals(4 * width)
        outputWeight = normals(width * vocabulary)
        outputBias = normals(vocabulary)
    }

    /// The arrays `oracle.…` of a file.
    /// - Throws: which one is missing or doesn't fit.
    package init(_ file: SafetensorsFile) throws(DataFileError) {
        func array(_ name: String, _ rank: Int) throws(DataFileError) -> NamedArray {
            guard let array = file["oracle.\(name)"], array.scalar == .float32, array.shape.count == rank, !array.shape.contains(0) else {
                throw DataFileError("it needs the array oracle.\(name), F32 of \(rank) dimensions")
            }
            return array
        }
        let embedding = try array("embedding", 2)
        let output = try array("output_weight", 2)
        let (vocabulary, embeddingWidth, width) = (embedding.shape[0], embedding.shape[1], output.shape[0])
        func values(_ name: String, _ shape: [Int]) throws(DataFileError) -> [Float] {
            let found = try array(name, shape.count)
            guard found.shape == shape else { throw DataFileError("oracle.\(name) is \(found.shape), not \(shape)") }
            return found.values(as: Float.self)!
        }
        (self.vocabulary, self.width, self.embeddingWidth) = (vocabulary, width, embeddingWidth)
        self.embedding = try values("embedding", [vocabulary, embeddingWidth])
        inputWeight = try values("input_weight", [embeddingWidth, 4 * width])
        hiddenWeight = try values("hidden_weight", [width, 4 * width])
        bias = try values("bias", [4 * width])
        outputWeight = try values("output_weight", [width, vocabulary])
        outputBias = try values("output_bias", [vocabulary])
    }

    /// As a file has it.
    package var arrays: [NamedArray] {
        [
            NamedArray("oracle.embedding", shape: [vocabulary, embeddingWidth], embedding),
            NamedArray("oracle.input_weight", shape: [embeddingWidth, 4 * width], inputWeight),
            NamedArray("oracle.hidden_weight", shape: [width, 4 * width], hiddenWeight), NamedArray("oracle.bias", bias),
            NamedArray("oracle.output_weight", shape: [width, vocabulary], outputWeight), NamedArray("oracle.output_bias", outputBias),
        ]
    }

    /// Before the first word.
    package var beginning: Memory {
        let nothing = [Float](repeating: 0, count: width)
        var memory = Memory(hidden: nothing, cell: nothing)
        read(0, &memory)
        return memory
    }

    /// Takes a word in.
    package func read(_ word: Int, _ memory: inout Memory) {
        var sums = bias
        let seen = embedding[word * embeddingWidth..<(word + 1) * embeddingWidth]
        for (input, value) in seen.enumerated() { Self.add(value, inputWeight, input, to: &sums) }
        for (input, value) in memory.hidden.enumerated() { Self.add(value, hiddenWeight, input, to: &sums) }
        func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
        for unit in 0..<width {
            let cell =
                sigmoid(sums[width + unit]) * memory.cell[unit] + sigmoid(sums[unit]) * tanhf(sums[2 * width + unit])
            memory.cell[unit] = cell
            memory.hidden[unit] = sigmoid(sums[3 * width + unit]) * tanhf(cell)
        }
    }

    /// Writes the logarithm of every word's probability to be next.
    package func logProbabilities(_ memory: Memory, into logits: inout [Float]) {
        logits = outputBias
        for (input, value) in memory.hidden.enumerated() { Self.add(value, outputWeight, input, to: &logits) }
        let largest = logits.max()!
        var sum: Float = 0
        for logit in logits { sum += expf(logit - largest) }
        let shift = largest + logf(sum)
        for word in logits.indices { logits[word] -= shift }
    }

    /// Adds a row of a matrix, times a number.
    private static func add(_ factor: Float, _ matrix: [Float], _ row: Int, to sums: inout [Float]) {
        let width = sums.count
        matrix.withUnsafeBufferPointer { matrix in
            let source = matrix.baseAddress! + row * width
            sums.withUnsafeMutableBufferPointer { sums in
                for place in 0..<width { sums[place] += factor * source[place] }
            }
        }
    }

    /// A sequence of so many words, drawn from it, and the logarithm of its probability.
    package func sample(_ count: Int, _ random: inout SeededGenerator) -> (words: [Int32], logProbability: Double) {
        var (memory, logits, words, sum) = (beginning, [Float](), [Int32](), 0.0)
        for _ in 0..<count {
            logProbabilities(memory, into: &logits)
            var left = random.uniform(0, 1)
            let word = logits.indices.first { word in
                left -= Double(expf(logits[word]))
                return left < 0
            }
            let chosen = word ?? vocabulary - 1
            words.append(Int32(chosen))
            sum += Double(logits[chosen])
            read(chosen, &memory)
        }
        return (words, sum)
    }
}
