import StarlingExperience
import StarlingLatentPolicy
package import StarlingMetrics

/// Trains on a data set instead of what actors send: objectives that look at observations alone, such as an autoencoder's.
///
/// Rows of a batch are steps of one unroll, so it is the same trainer, with the same phases, groups and schedules; frames are rows
/// trained on.
package final class DataSetTraining {
    package let trainer: Trainer
    private let data: DataSet
    private let seed: UInt64
    private let block: UnsafeMutableRawPointer
    private let view: MutableUnrollView
    private var order: EpochOrder
    /// Batches so far.
    package private(set) var update: UInt64 = 0
    /// Rows so far, each as often as it was in a batch.
    package private(set) var frames: UInt64 = 0

    /// - Precondition: the context is of `dataSet(_:model:rows:)`, or like it.
    /// - Throws: what `Trainer` throws.
    package init(_ design: TrainingDesign, _ context: TrainingContext, _ data: DataSet) throws {
        precondition(context.columnCount == 1 && context.policy.environment.observation == data.observation, "the context is of other data")
        trainer = try Trainer(design, context)
        (self.data, seed) = (data, context.seed)
        order = EpochOrder(count: data.count, seed: Seed.mix(seed, SeedPurpose.minibatches))
        let layout = UnrollLayout(environment: context.policy.environment, model: context.policy.model, acting: context.acting)
        block = .allocate(byteCount: layout.byteCount, alignment: 64)
        // Rewards, actions and probabilities 0, all steps ordinary: nobody looks at them.
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        view = MutableUnrollView(layout, block)
    }

    deinit { block.deallocate() }

    /// Trains on the next rows.
    /// - Throws: `NotFinite`; parameters and optimisers are then as they were.
    package func step(_ metrics: inout MetricSample) throws(NotFinite) {
        let rows = view.layout.unrollLength
        for row in 0..<rows { data.copy(order.next(), to: view.observations(at: row).baseAddress!) }
        // The row behind the last step has no weight.
        view.observations(at: rows).copyMemory(from: UnsafeRawBufferPointer(view.observations(at: 0)))
        let header = UnrollHeader(
            sequence: update + 1, version: ParameterVersion(generation: 1, update: update), digest: 0, firstStep: 0, firstEnvironment: 0,
            noiseKey: Seed.mix(seed, SeedPurpose.acting, update), episodes: [])
        trainer.load(view.reading, header, column: 0)
        _ = try trainer.step(frames: frames, update: update, &metrics)
        update += 1
        frames += UInt64(rows)
    }
}
