import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingReplay

/// Fills the rows of a plan with sequences drawn from a replay buffer.
final class DrawnBatch {
    private let draw: ReplayDraw
    private let priority: ReplaySettings.Priority
    private let plan: Plan
    private let ports: BatchPorts
    private let batch: HostBatch
    private var reward: TrainingReward
    private let observationByteCount: Int
    /// Where the sequences of the loaded batch came from.
    private var places: [ReplayBuffer.Place]

    init(
        _ draw: ReplayDraw, _ plan: Plan, _ ports: BatchPorts, _ batch: HostBatch, _ context: TrainingContext, _ design: TrainingDesign
    ) {
        (self.draw, self.plan, self.ports, self.batch) = (draw, plan, ports, batch)
        priority = design.replay?.priority ?? .none
        reward = TrainingReward(scale: design.rewardScale)
        observationByteCount = context.policy.stackedObservation.byteCount
        places = Array(repeating: ReplayBuffer.Place(unroll: 0, row: 0, environment: 0), count: draw.sequences)
    }

    /// Draws a batch.
    /// - Returns: false where there is nothing to draw.
    func load(_ replay: ReplayBuffer, _ moment: PhaseRunner.Moment) -> Bool {
        let importance = batch.replay!.importance
        reward = moment.reward
        var (beta, largest) = (Float(0), Float(0))
        if case .proportional(_, let first) = priority { beta = first + (1 - first) * moment.progress }
        let isDrawn = replay.draw(draw.sequences) { number, place, probability in
            places[number] = place
            // N cancels out against the largest.
            let weight = beta > 0 ? powf(Float(probability), -beta) : 1
            importance[number] = weight
            largest = max(largest, weight)
        }
        guard isDrawn else { return false }
        for number in 0..<draw.sequences { importance[number] /= largest }
        // A row of each sequence; the later ones count as the first.
        for row in draw.sequences..<importance.count { importance[row] = importance[row - draw.sequences] }
        importance.prefix(draw.burnIn * draw.sequences).update(repeating: 0)
        copy(from: replay)
        let key = Seed.mix(moment.seed, SeedPurpose.replay, moment.update, UInt64(moment.repetition))
        if let noise = ports.noise { plan.writeFresh(noise, key: key) }
        if let noise = ports.successors?.noise { plan.writeFresh(noise, key: key, firstStep: UInt64(draw.sequences)) }
        return true
    }

    private func copy(from replay: ReplayBuffer) {
        plan.writeBytes(ports.observation) { observations in
            guard let successors = ports.successors else { return copySequences(from: replay, to: observations) }
            plan.writeBytes(successors.observation) { copyTransitions(from: replay, to: observations, $0) }
        }
        plan.writeActions(of: batch, into: ports.action)
        if let core = ports.core {
            plan.load(draw.sequences, into: core, steps: draw.steps + 1) { (replay[places[$0].unroll], places[$0].environment) }
        }
    }

    private func copyTransitions(
        from replay: ReplayBuffer, to observations: UnsafeMutableRawBufferPointer, _ successors: UnsafeMutableRawBufferPointer
    ) {
        for (number, place) in places.enumerated() {
            let unroll = replay[place.unroll]
            copyObservation(unroll, place.row, place.environment, to: observations, number)
            takeMask(unroll, place.row, place.environment, to: ports.mask, number)
            let last = takeSteps(unroll, place, number)
            copyObservation(unroll, last, place.environment, to: successors, number)
            takeMask(unroll, last, place.environment, to: ports.successors?.mask, number)
        }
    }

    private func copySequences(from replay: ReplayBuffer, to observations: UnsafeMutableRawBufferPointer) {
        for (number, place) in places.enumerated() {
            let unroll = replay[place.unroll]
            for step in 0...draw.steps {
                let target = step * draw.sequences + number
                copyObservation(unroll, place.row + step, place.environment, to: observations, target)
                takeMask(unroll, place.row + step, place.environment, to: ports.mask, target)
                if step < draw.steps { takeStep(unroll, place.row + step, place.environment, to: target) }
            }
        }
    }

    private func copyObservation(
        _ unroll: UnrollView, _ row: Int, _ environment: Int, to observations: UnsafeMutableRawBufferPointer, _ target: Int
    ) {
        unroll.stack.copy(row: row, environment: environment, to: observations.baseAddress! + target * observationByteCount)
    }

    private func takeStep(_ unroll: UnrollView, _ row: Int, _ environment: Int, to target: Int) {
        let source = row * unroll.layout.environmentCount + environment
        batch.rewards[target] = reward.of(unroll, source)
        batch.kinds[target] = unroll.kinds[source]
        batch.behaviorLogProbabilities[target] = unroll.behaviorLogProbabilities[source]
        let count = unroll.layout.logitCount
        let logits = batch.replay!.actingLogits
        for index in 0..<count { logits[target * count + index] = unroll.behaviorLogits[source * count + index] }
        if batch.actions.isEmpty {
            let width = unroll.layout.actionWidth
            for index in 0..<width { batch.samples[target * width + index] = unroll.samples[source * width + index] }
        } else {
            let width = unroll.layout.actionWidth
            for index in 0..<width { batch.actions[target * width + index] = unroll.actions[source * width + index] }
        }
    }

    /// Copies which actions may be taken in a row, where there are masks.
    private func takeMask(_ unroll: UnrollView, _ row: Int, _ environment: Int, to port: Port<UInt8>?, _ target: Int) {
        guard let port else { return }
        let width = unroll.layout.actionMaskWidth
        let source = unroll.actionMasks.baseAddress! + (row * unroll.layout.environmentCount + environment) * width
        plan.write(port) { ($0.baseAddress! + target * width).update(from: source, count: width) }
    }

    /// Takes n steps as one: Σ γ^i r of those up to n that the episode and the unroll have.
    /// - Returns: the row of the observation that they led to.
    private func takeSteps(_ unroll: UnrollView, _ place: ReplayBuffer.Place, _ target: Int) -> Int {
        takeStep(unroll, place.row, place.environment, to: target)
        let width = unroll.layout.environmentCount
        let discount = batch.environment.successorDiscount(draw.discount)
        var (row, span, weight) = (place.row, 1, discount)
        while span < draw.stepsPerRow, batch.kinds[target] == StepKind.ordinary.rawValue, row + 1 < unroll.layout.unrollLength {
            row += 1
            let source = row * width + place.environment
            batch.rewards[target] += weight * reward.of(unroll, source)
            batch.kinds[target] = unroll.kinds[source]
            weight *= discount
            span += 1
        }
        batch.replay!.spans[target] = UInt8(span)
        return row + 1
    }

    /// Gives the steps that were trained on their new priorities.
    func setPriorities(_ replay: ReplayBuffer) {
        guard priority != .none else { return }
        let errors = batch.replay!.priorities
        for number in places.indices {
            var error = SequenceError()
            for row in stride(from: draw.burnIn * draw.sequences + number, to: errors.count, by: draw.sequences) { error.add(errors[row]) }
            replay.setPriority(priority.weight(error.value), of: places[number])
        }
    }
}
