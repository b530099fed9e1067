import CStarlingKernels
import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingReplay

/// Fills the rows of a plan with dreams: from the states of replayed steps the policy acts, and the model tells what comes of it.
///
/// A dream is an unroll like others. Its last steps, behind a termination, are no steps.
final class DreamBatch {
    private let draw: DreamDraw
    private let dynamics: LatentDynamics
    private let batch: HostBatch
    private let plan: Plan
    private let states: Port<Float>
    private let action: ActionPort
    private let encoding: Encoding
    private let stepping: Stepping
    private let squash: starling_squash
    private let stateCount: Int
    private let parameterCount: Int
    /// By dream, which of what the model tells comes true.
    private var chosen: [Int]
    /// Summed over the steps of the last dreams.
    private var disagreement = 0.0
    private let rewardScale: Float

    /// Observations in, states out: of the step alone, or of the unroll up to it, time-major, where a core remembers.
    private struct Encoding {
        let plan: Plan
        let observation: ObservationPort
        let core: CorePorts?
        let state: Port<Float>
        let byteCount: Int
        /// Steps of each.
        let steps: Int
    }

    /// A state in, what the policy says out; then an action in, and what follows out.
    private struct Stepping {
        let plan: Plan
        let state: Port<Float>
        let logits: Port<Float>
        let action: Port<Float>
        /// Of each member, or of each outcome.
        let told: [Told]
        /// log p of each outcome; nil where there is one.
        let chances: Port<Float>?

        struct Told {
            let next: Port<Float>
            let reward: Port<Float>
            let ending: Port<Float>
        }
    }

    init(
        _ draw: DreamDraw, _ plan: Plan, _ ports: BatchPorts, _ batch: HostBatch, _ context: TrainingContext, _ design: TrainingDesign
    ) throws(ComputeError) {
        (self.draw, self.plan, self.batch) = (draw, plan, batch)
        guard case .float32(let states) = ports.observation else { preconditionFailure("states are float32") }
        (self.states, action) = (states, ports.action)
        dynamics = context.dynamics
        squash = context.policy.model.actionDistribution.squash
        stateCount = dynamics.stateCount
        parameterCount = context.policy.environment.action.parameterCount
        chosen = Array(repeating: 0, count: draw.columns)
        rewardScale = design.rewardScale
        encoding = try Self.encoding(draw, context, design)
        stepping = try Self.stepping(draw, context, design, dynamics)
    }

    private static func encoding(
        _ draw: DreamDraw, _ context: TrainingContext, _ design: TrainingDesign
    ) throws(ComputeError) -> Encoding {
        var g = design.makeGraph(context)
        let policy = context.policy
        let steps = policy.model.core == .none ? 1 : context.acting.unrollLength
        let (port, x) = policy.observation(&g, .unroll)
        let z = policy.mean(&g, x)
        let memory = policy.recurrentCore(&g, z, .unroll, sequences: .columns, steps: steps)
        let state = g.output("state", policy.state(&g, z, memory))
        return Encoding(
            plan: try Plan(g, rows: [.unroll: steps * draw.columns, .columns: draw.columns], context.compute), observation: port,
            core: memory?.ports, state: state, byteCount: policy.stackedObservation.byteCount, steps: steps)
    }

    private static func stepping(
        _ draw: DreamDraw, _ context: TrainingContext, _ design: TrainingDesign, _ dynamics: LatentDynamics
    ) throws(ComputeError) -> Stepping {
        var g = design.makeGraph(context)
        let state = g.input("state", .perRow(.columns, dynamics.stateCount), Float.self)
        let logits = g.output("logits", context.policy.logits(&g, context.policy.features(&g, ofState: state.node)))
        let action = g.input("action", .perRow(.columns, dynamics.actionCount), Float.self, stage: .backward)
        let steps = (0..<dynamics.memberCount).map { dynamics.step(&g, state.node, action.node, member: $0) }
        let told = steps.flatMap(\.each).enumerated().map { index, told in
            Stepping.Told(
                next: g.output("next.\(index)", told.state), reward: g.output("reward.\(index)", told.reward),
                ending: g.output("ending.\(index)", told.ending))
        }
        let chances = steps[0].logProbabilities.map { g.output("chances", $0) }
        return Stepping(
            plan: try Plan(g, rows: [.columns: draw.columns], context.compute), state: state, logits: logits, action: action, told: told,
            chances: chances)
    }

    /// Dreams a batch.
    /// - Returns: false where there is nothing to begin from.
    func dream(from replay: ReplayBuffer, _ moment: PhaseRunner.Moment) -> Bool {
        let key = Seed.mix(moment.seed, SeedPurpose.dreams, moment.update, UInt64(moment.repetition))
        guard begin(from: replay, moment, key) else { return false }
        batch.kinds.update(repeating: StepKind.ordinary.rawValue)
        disagreement = 0
        for step in 0..<draw.steps { take(step, key, moment) }
        plan.writeActions(of: batch, into: action)
        return true
    }

    /// Tells what the dreams bring beside as many steps of what is real, unscaled, and how far the members disagree.
    func write(_ metrics: inout MetricSample, beside real: HostBatch) {
        let steps = min(draw.steps, real.unrollLength)
        metrics[.dreamReturn] = batch.meanReturn(steps: steps) / Double(rewardScale)
        metrics[.realReturn] = real.meanReturn(steps: steps) / Double(rewardScale)
        if dynamics.memberCount > 1 { metrics[.dreamDisagreement] = disagreement / Double(draw.steps) }
    }

    /// Deviation of the members' next states, a mean over dreams and numbers.
    private func measureDisagreement() -> Double {
        let members = stepping.told.map { told in stepping.plan.read(told.next) { $0 } }
        let count = Float(members.count)
        var sum = 0.0
        for index in members[0].indices {
            var (mean, square) = (Float(0), Float(0))
            for member in members { mean += member[index] / count }
            for member in members { square += (member[index] - mean) * (member[index] - mean) / count }
            sum += Double(square.squareRoot())
        }
        return sum / Double(members[0].count)
    }

    /// Writes the states of replayed steps into row 0.
    private func begin(from replay: ReplayBuffer, _ moment: PhaseRunner.Moment, _ key: UInt64) -> Bool {
        var places: [ReplayBuffer.Place] = []
        guard replay.draw(draw.columns, { _, place, _ in places.append(place) }) else { return false }
        encoding.plan.writeBytes(encoding.observation) { observations in
            for (column, place) in places.enumerated() {
                for step in 0..<encoding.steps {
                    replay[place.unroll].stack.copy(
                        row: place.row + step, environment: place.environment,
                        to: observations.baseAddress! + (step * draw.columns + column) * encoding.byteCount)
                }
            }
        }
        if let core = encoding.core {
            encoding.plan.load(draw.columns, into: core, steps: encoding.steps) { (replay[places[$0].unroll], places[$0].environment) }
        }
        encoding.plan.run(.forward, with: moment.banks)
        write(row: 0) { row in
            encoding.plan.read(encoding.state) { states in
                for (column, place) in places.enumerated() {
                    let step = start(in: replay[place.unroll], place, Seed.mix(key, UInt64(column), 3))
                    let source = (step * draw.columns + column) * stateCount
                    for index in 0..<stateCount { row[column * stateCount + index] = states[source + index] }
                }
            }
        }
        return true
    }

    /// Which of the steps that were encoded a dream begins at: where a core remembers whole unrolls are drawn, so any of theirs.
    private func start(in unroll: UnrollView, _ place: ReplayBuffer.Place, _ bits: UInt64) -> Int {
        let step = Int(bits % UInt64(encoding.steps))
        let isStep = unroll.kinds[(place.row + step) * unroll.layout.environmentCount + place.environment] != StepKind.reset.rawValue
        return isStep ? step : 0
    }

    private func write(row: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
        let count = draw.columns * stateCount
        plan.write(states) { body(UnsafeMutableBufferPointer(rebasing: $0[row * count..<(row + 1) * count])) }
    }

    /// One step of every dream.
    private func take(_ step: Int, _ key: UInt64, _ moment: PhaseRunner.Moment) {
        let columns = draw.columns
        stepping.plan.write(stepping.state) { state in write(row: step) { _ = state.update(fromContentsOf: $0) } }
        stepping.plan.run(.forward, with: moment.banks)
        stepping.plan.read(stepping.logits) { act($0, step, key) }
        stepping.plan.write(stepping.action) { features in
            features.update(repeating: 0)
            for column in 0..<columns {
                dynamics.describe(batch, step * columns + column, into: features.baseAddress! + column * dynamics.actionCount)
            }
        }
        stepping.plan.run(.backward, with: moment.banks)
        choose(step, key)
        if dynamics.memberCount > 1 { disagreement += measureDisagreement() }
        write(row: step + 1) { next in
            for (index, told) in stepping.told.enumerated() {
                stepping.plan.read(told.next) { states in
                    for column in 0..<columns where chosen[column] == index {
                        for place in column * stateCount..<(column + 1) * stateCount { next[place] = states[place] }
                    }
                }
                stepping.plan.read(told.reward) { rewards in
                    stepping.plan.read(told.ending) { endings in
                        for column in 0..<columns where chosen[column] == index {
                            note(step, column, reward: rewards[column], ending: endings[column], key)
                        }
                    }
                }
            }
        }
    }

    /// Which of what the model tells comes true in each dream: what the same member tells in all steps of it, or what chance chooses.
    private func choose(_ step: Int, _ key: UInt64) {
        guard let chances = stepping.chances else {
            for column in chosen.indices { chosen[column] = Int(Seed.mix(key, UInt64(column)) % UInt64(dynamics.memberCount)) }
            return
        }
        stepping.plan.read(chances) { logProbabilities in
            for column in chosen.indices {
                var left = uniform(Seed.mix(key, UInt64(step * draw.columns + column), 2))
                chosen[column] = 0
                for outcome in 0..<dynamics.outcomeCount - 1 {
                    left -= expf(logProbabilities[column * dynamics.outcomeCount + outcome])
                    guard left >= 0 else { break }
                    chosen[column] = outcome + 1
                }
            }
        }
    }

    /// In 0 ..< 1.
    private func uniform(_ bits: UInt64) -> Float { Float(bits >> 40) / 16_777_216 }

    private func act(_ logits: UnsafeBufferPointer<Float>, _ step: Int, _ key: UInt64) {
        let (first, columns) = (step * draw.columns, Int32(draw.columns))
        let logProbabilities = batch.behaviorLogProbabilities.baseAddress! + first
        if batch.actions.isEmpty {
            let width = parameterCount / 2
            starling_diagonal_gaussian(
                logits.baseAddress!, columns, Int32(width), squash, key, UInt64(step), 0, Draw.action,
                batch.samples.baseAddress! + first * width, logProbabilities)
        } else {
            starling_categorical(
                logits.baseAddress!, columns, Int32(parameterCount), key, UInt64(step), 0, Draw.action,
                batch.actions.baseAddress! + first, logProbabilities)
        }
    }

    /// Writes what came of a step; behind a termination nothing does.
    private func note(_ step: Int, _ column: Int, reward: Float, ending: Float, _ key: UInt64) {
        let row = step * draw.columns + column
        if step > 0, batch.kinds[row - draw.columns] != StepKind.ordinary.rawValue {
            (batch.kinds[row], batch.rewards[row]) = (StepKind.reset.rawValue, 0)
            return
        }
        batch.rewards[row] = LatentDynamics.symexp(reward)
        if uniform(Seed.mix(key, UInt64(row), 1)) < 1 / (1 + expf(-ending)) { batch.kinds[row] = StepKind.terminated.rawValue }
    }
}
