import StarlingConfiguration
import StarlingExperience
import StarlingMessages
import StarlingSafetensors
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Fuzzed decoders")
struct DecoderFuzzTests {
    @Test("What a learner reads")
    func actorMessages() {
        Fuzzing.run(Corpus.actorBytes, isProtobuf: true, bytesPerByte: 256) { input, _ in
            guard let message = try? input.withUnsafeBytes({ try ActorMessage(decoding: $0) }) else { return false }
            // The fast way of EXPERIENCE says what the generated decoder says.
            if let header = input.withUnsafeBytes({ ExperienceReader.read($0) }),
                (try? input.withUnsafeBytes { try ActorMessage(decodingAny: $0) }) != .experience(header)
            {
                Issue.record("\(header) is what only one reader reads: \(input)")
            }
            var buffer = HeaderBuffer()
            buffer.write(message)
            if buffer.withBytes(Array.init) != message.encoded() { Issue.record("\(message) is written in two ways") }
            // What was accepted says the same when it is said again.
            let again = try? message.encoded().withUnsafeBytes { try ActorMessage(decoding: $0) }
            if again != message { Issue.record("\(message) became \(String(describing: again)): \(input)") }
            return true
        }
    }

    @Test("What an actor reads")
    func learnerMessages() {
        Fuzzing.run(Corpus.learnerBytes, isProtobuf: true, bytesPerByte: 256) { input, _ in
            guard let message = try? input.withUnsafeBytes({ try LearnerMessage(decoding: $0) }) else { return false }
            let again = try? message.encoded().withUnsafeBytes { try LearnerMessage(decoding: $0) }
            if again != message { Issue.record("\(message) became \(String(describing: again)): \(input)") }
            var buffer = HeaderBuffer()
            buffer.write(message)
            if buffer.withBytes(Array.init) != message.encoded() { Issue.record("\(message) is written in two ways") }
            return true
        }
    }

    @Test("Contents of blocks: what passes is what a slow reader finds good")
    func blocks() {
        let corpus = [Corpus.block(Corpus.vector), Corpus.block(Corpus.image)]
        Fuzzing.run(corpus, bytesPerByte: 4) { input, mutator in
            let spec = mutator.oneIn(2) ? Corpus.vector : Corpus.image
            let layout = UnrollLayout(environment: spec, model: Corpus.model, acting: Corpus.acting)
            let block = UnrollBlock(byteCount: layout.byteCount)
            block.base.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
            input.withUnsafeBytes {
                block.base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(block.base), byteCount: min($0.count, layout.byteCount))
            }
            let view = UnrollView(layout, UnsafeRawPointer(block.base))
            guard UnrollCheck.fault(in: view, Corpus.episodes(of: view)) == nil else { return false }
            let isGood =
                view.kinds.allSatisfy { StepKind(rawValue: $0) != nil } && view.rewards.allSatisfy(\.isFinite)
                && view.actions.allSatisfy { (0..<Int32(layout.actionParameterCount)).contains($0) }
                && view.behaviorLogits.allSatisfy(\.isFinite) && view.behaviorLogProbabilities.allSatisfy(\.isFinite)
                && (layout.observation.scalar == .uint8
                    || view.observations.bindMemory(to: Float.self).allSatisfy(\.isFinite))
            if !isGood { Issue.record("a bad block passed: \(input)") }
            return true
        }
    }

    @Test("Compressed blocks: never a byte outside of the block")
    func compressedBlocks() {
        let compressor = BlockCompressor()
        let size = UnrollLayout(environment: Corpus.image, model: Corpus.model, acting: Corpus.acting).byteCount
        let corpus = [Corpus.vector, Corpus.image].map { spec -> [UInt8] in
            let block = Corpus.block(spec)
            var small = [UInt8](repeating: 0, count: 2 * block.count)
            let count = block.withUnsafeBytes { block in small.withUnsafeMutableBytes { compressor.compress(block, into: $0) } }
            return Array(small[..<count!])
        }
        let guardCount = 64
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 2 * guardCount, alignment: 64)
        defer { memory.deallocate() }
        for place in memory.indices { memory[place] = 0xA5 }
        Fuzzing.run(corpus, bytesPerByte: 0) { input, mutator in
            let count = mutator.oneIn(3) ? mutator.below(size + 1) : size
            let target = UnsafeMutableRawBufferPointer(rebasing: memory[guardCount..<guardCount + count])
            let isBlock = input.withUnsafeBytes { BlockCompressor.decompress($0, into: target) }
            let after = memory[(guardCount + count)..<(guardCount + count + guardCount)]
            if !memory[..<guardCount].allSatisfy({ $0 == 0xA5 }) || !after.allSatisfy({ $0 == 0xA5 }) {
                Issue.record("written outside of \(count) bytes: \(input)")
            }
            // The next target may be longer.
            for place in target.indices { target[place] = 0xA5 }
            return isBlock
        }
    }

    @Test("Safetensors files")
    func safetensors() {
        let corpus = [
            SafetensorsFile([NamedArray("a", shape: [2, 3], [1, 2, 3, 4, 5, 6] as [Float])], metadata: ["k": "v\"\n"]).encoded(),
            SafetensorsFile([NamedArray("x/y", shape: [0], [] as [Float]), NamedArray("z", [7, 8] as [Int32])]).encoded(),
        ]
        Fuzzing.run(corpus, bytesPerByte: 512) { input, _ in
            guard let file = try? SafetensorsFile(decoding: input) else { return false }
            return (try? SafetensorsFile(decoding: file.encoded())) != nil
        }
    }

    @Test("Run files")
    func runFiles() {
        let corpus = [
            "environment: CartPole-v1\nseed: 7\nmodel:\n  encoder: [64, 32]\n  latent: 8\nbatch: {columns: 32}\n",
            "# nothing\na: &x [1, 2]\nb: *x\nc: \"quoted\\n\"\nd: |\n  text\n",
        ].map { Array($0.utf8) }
        // A reader of its own library: slower, so fewer.
        Fuzzing.run(corpus, bytesPerByte: 100_000, inputs: Fuzzing.inputCount / 10) { input, _ in
            (try? RunFile(text: String(decoding: input, as: UTF8.self), name: "fuzz")) != nil
        }
    }
}
