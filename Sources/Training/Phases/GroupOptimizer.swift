import StarlingCompute
import StarlingMetrics

/// Moves one group of parameters: its rule, its state, its clip, and how its target follows.
final class GroupOptimizer {
    let trained: TrainedGroup
    /// What the rule keeps between steps, in the parameters' layout.
    let state: [ParameterBank]
    /// Steps taken.
    var stepCount: UInt64 = 0
    /// Global norm of the last derivative, before clipping.
    private(set) var norm: Float = 0
    let normMetric: Metric
    let rateMetric: Metric
    private let layout: ParameterLayout
    private let ranges: [Range<Int>]
    private let rule: UpdateRule

    init(_ trained: TrainedGroup, layout: ParameterLayout) {
        self.trained = trained
        (normMetric, rateMetric) = (trained.normMetric, trained.rateMetric)
        self.layout = layout
        rule = trained.optimizer.updateRule
        ranges = layout.ranges(of: trained.group)
        state = rule.stateNames.map { _ in ParameterBank(layout) }
    }

    /// Measures the global norm of a derivative by this group.
    /// - Throws: `NotFinite` naming the parameter whose gradient is not a number.
    func measure(_ gradients: Gradients, in plan: Plan) throws(NotFinite) {
        norm = plan.norm(of: gradients, over: ranges)
        guard norm.isFinite else { throw plan.read(gradients) { firstFault(in: $0, norm) } }
    }

    /// Moves the parameters against the derivative that was measured, once. Parameters that the loss doesn't reach stay, with their state.
    /// - Parameter reached: of the layout, what the loss depends on.
    func step(
        _ parameters: ParameterBank, _ gradients: Gradients, over reached: [Range<Int>], in plan: Plan, frames: UInt64
    ) {
        stepCount += 1
        let clip = trained.optimizer.clipNorm
        plan.apply(
            UpdateStep(rule, rate: trained.optimizer.learningRate(frames: frames), scale: norm > clip ? clip / norm : 1, number: stepCount),
            to: parameters, gradients,
            state: state, over: reached)
    }

    /// Lets the target follow.
    func follow(_ parameters: ParameterBank, _ target: ParameterBank, in plan: Plan, frames: UInt64) {
        switch trained.target {
        case .none: break
        case .frozen(let after):
            if frames < after { plan.context.device.average(parameters, into: target, share: 1, over: ranges) }
        case .average(let share): plan.context.device.average(parameters, into: target, share: share, over: ranges)
        case .copy(let every):
            if stepCount % every == 0 { plan.context.device.average(parameters, into: target, share: 1, over: ranges) }
        }
    }

    private func firstFault(in gradients: UnsafeBufferPointer<Float>, _ norm: Float) -> NotFinite {
        for slot in layout.slots where trained.group.holds(slot) {
            for index in slot.offset..<slot.offset + slot.count where !gradients[index].isFinite {
                return NotFinite(term: "gradient of \(slot.name)", value: gradients[index])
            }
        }
        return NotFinite(term: "global gradient norm", value: norm)
    }
}
