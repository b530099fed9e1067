import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// Joins unrolls to whole episodes and fills the rows of a plan with these, one behind the other, as many as fit.
///
/// An episode that is longer than the rows is cut: its last step there counts as a truncation, and the rest is another episode.
final class EpisodeBatch {
    private let plan: Plan
    private let ports: BatchPorts
    /// One column of all rows.
    private let batch: HostBatch
    private let rowLimit: Int
    private let observationByteCount: Int
    private let actionWidth: Int
    /// Episodes under way, by environment.
    private var open: [Stream: Episode] = [:]
    /// Those that are over, oldest first, and their rows.
    private var complete: [Episode] = []
    private var completeRows = 0
    /// Unrolls taken in, times their environments.
    private var loads: UInt64 = 0

    /// Steps of one environment of an actor.
    private struct Stream: Hashable {
        let noiseKey: UInt64
        let environment: UInt32
    }

    private struct Episode {
        var rows: [Row] = []
        var observations: [UInt8] = []
        /// Of discrete actions, all parts.
        var actions: [Int32] = []
        /// Of continuous actions.
        var samples: [Float] = []
        /// Where there are any.
        var masks: [UInt8] = []
        /// What the environment's next row is called.
        var nextStep: UInt64
        /// Its beginning was not seen: its rows wait for the next to begin.
        var isHeadless: Bool
        /// The last unroll of its environment, counted over all.
        var seen: UInt64 = 0
    }

    /// What a row is, but for its observation, action and mask.
    private struct Row {
        var reward: Float = 0
        var logProbability: Float = 0
        var kind: UInt8
        /// What its ε comes from.
        let stream: Stream
        let step: UInt64
    }

    init(
        rows: Int, _ plan: Plan, _ ports: BatchPorts, _ batch: HostBatch, _ context: TrainingContext, _ design: TrainingDesign
    ) {
        (rowLimit, self.plan, self.ports, self.batch) = (rows, plan, ports, batch)
        observationByteCount = context.policy.stackedObservation.byteCount
        actionWidth = context.policy.environment.action.width
    }

    // MARK: Taking in

    func load(_ unroll: UnrollView, _ header: UnrollHeader, _ reward: TrainingReward) {
        for environment in 0..<unroll.layout.environmentCount {
            let stream = Stream(noiseKey: header.noiseKey, environment: header.firstEnvironment &+ UInt32(environment))
            var episode = open.removeValue(forKey: stream) ?? Episode(nextStep: 0, isHeadless: false)
            // An unroll is missing: what is known of the episode is no whole.
            if episode.nextStep != header.firstStep { episode = Episode(nextStep: header.firstStep, isHeadless: true) }
            for row in 0..<unroll.layout.unrollLength { take(row, of: unroll, environment, stream, reward, into: &episode) }
            loads += 1
            episode.seen = loads
            open[stream] = episode
        }
        if loads % 1024 < UInt64(unroll.layout.environmentCount) { forgetDeparted() }
    }

    /// Gives up what environments have begun that nothing comes from any more: all others came many times since.
    private func forgetDeparted() {
        let patience = 16 * UInt64(open.count)
        open = open.filter { $0.value.seen + patience >= loads }
    }

    private func take(
        _ row: Int, of unroll: UnrollView, _ environment: Int, _ stream: Stream, _ reward: TrainingReward, into episode: inout Episode
    ) {
        let place = row * unroll.layout.environmentCount + environment
        let kind = unroll.kinds[place]
        defer { episode.nextStep += 1 }
        if episode.isHeadless {
            if StepKind.isLast(kind) { episode.isHeadless = false }
            return
        }
        // The final observation of an episode that a termination has ended.
        if kind == StepKind.reset.rawValue, episode.rows.isEmpty { return }
        append(row, of: unroll, environment, stream, kind, reward, to: &episode)
        if StepKind.isLast(kind) { return finish(&episode) }
        guard kind == StepKind.ordinary.rawValue, episode.rows.count == rowLimit - 1 else { return }
        episode.rows[episode.rows.count - 1].kind = StepKind.truncated.rawValue
        append(row + 1, of: unroll, environment, stream, StepKind.reset.rawValue, reward, to: &episode)
        finish(&episode)
    }

    /// - Parameter kind: of the row; of one that is no step only the observation is taken.
    private func append(
        _ row: Int, of unroll: UnrollView, _ environment: Int, _ stream: Stream, _ kind: UInt8, _ reward: TrainingReward,
        to episode: inout Episode
    ) {
        var taken = Row(kind: kind, stream: stream, step: episode.nextStep)
        let place = row * unroll.layout.environmentCount + environment
        if kind != StepKind.reset.rawValue {
            (taken.reward, taken.logProbability) = (reward.of(unroll, place), unroll.behaviorLogProbabilities[place])
        }
        let isStep = kind != StepKind.reset.rawValue
        for index in place * actionWidth..<(place + 1) * actionWidth {
            if batch.actions.isEmpty {
                episode.samples.append(isStep ? unroll.samples[index] : 0)
            } else {
                episode.actions.append(isStep ? unroll.actions[index] : 0)
            }
        }
        if ports.mask != nil {
            let width = unroll.layout.actionMaskWidth
            episode.masks.append(contentsOf: unroll.actionMasks[place * width..<(place + 1) * width])
        }
        episode.rows.append(taken)
        let start = episode.observations.count
        episode.observations.append(contentsOf: repeatElement(0, count: observationByteCount))
        episode.observations.withUnsafeMutableBytes {
            unroll.stack.copy(row: row, environment: environment, to: $0.baseAddress! + start)
        }
    }

    private func finish(_ episode: inout Episode) {
        completeRows += episode.rows.count
        complete.append(episode)
        episode = Episode(nextStep: episode.nextStep, isHeadless: false)
    }

    // MARK: Giving out

    /// Fills the rows with the oldest episodes, when there are more than fit.
    /// - Returns: false where there are not yet so many.
    func fill() -> Bool {
        guard completeRows > rowLimit else { return false }
        var (count, filled) = (0, 0)
        while filled + complete[count].rows.count <= rowLimit {
            write(complete[count], at: filled)
            filled += complete[count].rows.count
            count += 1
        }
        complete.removeFirst(count)
        completeRows -= filled
        for row in filled..<rowLimit { batch.kinds[row] = StepKind.reset.rawValue }
        plan.writeActions(of: batch, into: ports.action)
        // Every episode begins with a state of zeros.
        if let core = ports.core { plan.write(core.initial) { $0.update(repeating: 0) } }
        return true
    }

    private func write(_ episode: Episode, at start: Int) {
        for (offset, row) in episode.rows.enumerated() {
            let place = start + offset
            (batch.rewards[place], batch.kinds[place]) = (row.reward, row.kind)
            batch.behaviorLogProbabilities[place] = row.logProbability
        }
        for (offset, action) in episode.actions.enumerated() { batch.actions[start * actionWidth + offset] = action }
        if let mask = ports.mask {
            let width = episode.masks.count / episode.rows.count
            plan.write(mask) { for (offset, number) in episode.masks.enumerated() { $0[start * width + offset] = number } }
        }
        for (offset, sample) in episode.samples.enumerated() { batch.samples[start * actionWidth + offset] = sample }
        plan.writeBytes(ports.observation) { rows in
            episode.observations.withUnsafeBytes { source in
                (rows.baseAddress! + start * observationByteCount).copyMemory(from: source.baseAddress!, byteCount: source.count)
            }
        }
        if let noise = ports.noise {
            plan.write(noise.key) { for (offset, row) in episode.rows.enumerated() { $0[start + offset] = row.stream.noiseKey } }
            plan.write(noise.step) { for (offset, row) in episode.rows.enumerated() { $0[start + offset] = row.step } }
            plan.write(noise.environment) {
                for (offset, row) in episode.rows.enumerated() { $0[start + offset] = row.stream.environment }
            }
        }
        if let core = ports.core {
            plan.write(core.reset) { for offset in episode.rows.indices { $0[start + offset] = offset == 0 ? 1 : 0 } }
        }
    }
}
