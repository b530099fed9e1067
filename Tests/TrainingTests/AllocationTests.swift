import CStarlingAllocationCounter
import StarlingAlgorithms
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// A step in steady state allocates nothing, targets, metrics and updates included.
@Suite(.enabled(if: starling_allocations_can_be_counted() != 0)) struct AllocationTests {
    private static let bins = [nil, ModelSpec.ValueBins(.twoHot, limit: 20), ModelSpec.ValueBins(.hlGauss, count: 21, limit: 30)]

    @Test(arguments: [false, true], bins) func aStepAllocatesNothing(normalizes: Bool, bins: ModelSpec.ValueBins?) throws {
        var vtrace = VTrace()
        vtrace.normalizesReturns = normalizes
        let context = Chain.context(valueBins: bins)
        let trainer = try Trainer(vtrace.design(context), context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        Chain.load(trainer, context)
        for update in 0..<3 { _ = try trainer.step(frames: 0, update: UInt64(update), &metrics) }
        var failed = false
        starling_allocations_watch()
        for update in 3..<13 {
            do throws(NotFinite) { _ = try trainer.step(frames: 0, update: UInt64(update), &metrics) } catch { failed = true }
        }
        let counted = starling_allocations_end()
        #expect(!failed && counted.program + counted.runtime + counted.libraries + counted.other == 0, "\(counted)")
    }
}
