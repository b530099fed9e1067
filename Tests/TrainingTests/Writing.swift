import Foundation
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingSafetensors
import StarlingTraining

/// A task of writing: what was written is shown, and each action is the next token.
enum Writing {
    static func context(
        tokens: Int, length: Int, columns: Int, window: Int = 1, core: ModelSpec.Core = .gru(4),
        optimizer: OptimizerSettings = OptimizerSettings()
    ) -> TrainingContext {
        let environment = EnvironmentSpec(
            name: "writing", observation: ObservationSpec(shape: [window]), action: .discrete(tokens), observationLimit: Float(tokens))
        let model = ModelSpec(
            encoder: .dense([]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 3,
            likelihood: .normal(variance: 1.0), representation: .none, observationScale: [], core: core, embedding: 5)
        return TrainingContext(
            LatentPolicy(model: model, environment: environment),
            acting: ActingSpec(latentMode: .mean, unrollLength: length, environmentsPerUnroll: columns), columnCount: columns,
            optimizer: optimizer, compute: .cpu(), seed: 3)
    }

    /// A batch of these sequences, as many as it has columns.
    static func load(_ sequences: [[Int32]], _ trainer: Trainer, _ context: TrainingContext) {
        let layout = UnrollLayout(environment: context.policy.environment, model: context.policy.model, acting: context.acting)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let view = MutableUnrollView(layout, block)
        for (column, sequence) in sequences.enumerated() {
            for t in 0...layout.unrollLength {
                let last = t == 0 ? context.policy.environment.observationLimit : Float(sequence[t - 1])
                view.observations(at: t).bindMemory(to: Float.self)[column] = last
            }
            for t in 0..<layout.unrollLength { view.actions(at: t)[column] = sequence[t] }
            view.kinds(at: layout.unrollLength - 1)[column] = StepKind.terminated.rawValue
        }
        let header = UnrollHeader(
            sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: 0, firstEnvironment: 0, noiseKey: 1,
            episodes: [])
        trainer.load(view.reading, header, column: 0)
    }

    /// Writes a file of sequences, and removes it behind the body.
    static func withFile<R>(train: [[Int32]], test: [[Int32]]? = nil, given: [Int32]? = nil, _ body: (String) throws -> R) throws -> R {
        let path = FileManager.default.temporaryDirectory.appending(path: "sequences-\(UUID().uuidString).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func array(_ part: String, _ sequences: [[Int32]]) -> NamedArray {
            NamedArray("\(part).tokens", shape: [sequences.count, sequences[0].count], sequences.flatMap(\.self))
        }
        var arrays = [array("train", train), array("test", test ?? train)]
        if let given { arrays.append(NamedArray("train.given", shape: [given.count], given)) }
        let file = SafetensorsFile(arrays)
        try Data(file.encoded()).write(to: URL(filePath: path))
        return try body(path)
    }

    /// All sequences of so many tokens.
    static func all(tokens: Int, length: Int) -> [[Int32]] {
        (0..<length).reduce([[]]) { known, _ in known.flatMap { sequence in (0..<Int32(tokens)).map { sequence + [$0] } } }
    }
}
