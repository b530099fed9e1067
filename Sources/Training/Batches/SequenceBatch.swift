import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// Fills the rows of a plan with sequences of a data set, and where it is asked to, with fresh ones beside these.
final class SequenceBatch {
    private let draw: SequenceDraw
    private let set: SequenceSet
    private let phase: Phase
    private let plan: Plan
    private let ports: BatchPorts
    private let batch: HostBatch
    private let fresh: HostBatch
    private let seed: UInt64
    private let observation: ObservationSpec
    /// What stands for nothing written yet.
    private let start: Float
    /// Of the columns that are drawn, what is given before their first token.
    private var given: [Float?]
    private var order: [Int32] = []
    private var epoch: UInt64?

    init(
        _ draw: SequenceDraw, _ phase: Phase, _ plan: Plan, _ ports: BatchPorts, _ batch: HostBatch, fresh: HostBatch,
        _ context: TrainingContext
    ) throws {
        (self.draw, self.phase, self.plan, self.ports) = (draw, phase, plan, ports)
        (self.batch, self.fresh) = (batch, fresh)
        let environment = context.policy.environment
        set = try .reading(draw.part, of: draw.data, for: environment)
        seed = Seed.mix(context.seed, SeedPurpose.sequences)
        (observation, start) = (environment.observation, environment.observationLimit)
        given = Array(repeating: nil, count: batch.columnCount)
        guard set.length == batch.unrollLength else {
            throw DesignError(
                "the sequences of \(draw.data) have \(set.length) tokens and unrolls \(batch.unrollLength) steps: set acting.unroll_length to \(set.length)"
            )
        }
        guard !environment.masksActions else {
            throw DesignError("\(environment.name) masks actions, and nobody tells the masks of \(draw.data)")
        }
        if case .uint8 = observation.scalar, start > 255 {
            throw DesignError("\(environment.name) shows tokens as bytes, and says that they reach \(start)")
        }
    }

    /// Draws the sequences of one run of the phase: which, follows from the run's place among all.
    func fill(_ moment: PhaseRunner.Moment) {
        let first = phase.number(moment) * UInt64(draw.columns)
        for column in 0..<draw.columns {
            let sequence = self.sequence(first + UInt64(column))
            given[column] = set.given(sequence).map { Float($0) }
            for step in 0..<set.length { write(set[sequence, step], step, column) }
            for step in 0..<set.length {
                let isLast = step + 1 == set.length
                batch.kinds[place(step, column)] = (isLast ? StepKind.terminated : .ordinary).rawValue
            }
        }
        let turn = Int(phase.number(moment) % UInt64(max(1, fresh.columnCount)))
        for column in 0..<draw.freshColumns {
            let source = (turn * draw.freshColumns + column) % fresh.columnCount
            for step in 0..<set.length {
                let row = step * fresh.columnCount + source
                write(fresh.actions[row], step, draw.columns + column)
                batch.kinds[place(step, draw.columns + column)] = fresh.kinds[row]
            }
        }
        plan.writeActions(of: batch, into: ports.action)
        writeObservations()
        if let core = ports.core { begin(core) }
        if let noise = ports.noise { plan.writeFresh(noise, key: Seed.mix(seed, phase.number(moment), 1)) }
    }

    private func place(_ step: Int, _ column: Int) -> Int { step * batch.columnCount + column }

    private func write(_ token: Int32, _ step: Int, _ column: Int) { batch.actions[place(step, column)] = token }

    /// The sequence at a place of all epochs in a row.
    private func sequence(_ place: UInt64) -> Int {
        let (epoch, rest) = place.quotientAndRemainder(dividingBy: UInt64(set.count))
        if self.epoch != epoch {
            order = (0..<Int32(set.count)).map(\.self)
            order.shuffle(seed: Seed.mix(seed, epoch))
            self.epoch = epoch
        }
        return Int(order[Int(rest)])
    }

    /// The last tokens before each step, the newest last. Of fresh columns what was given isn't known here, and nobody who reads tokens asks.
    private func writeObservations() {
        let width = observation.count
        plan.writeBytes(ports.observation) { bytes in
            for step in 0...set.length {
                for column in 0..<batch.columnCount {
                    for number in 0..<width {
                        let before = step - width + number
                        let token =
                            before >= 0 ? Float(batch.actions[place(before, column)]) : before == -1 ? given[column] ?? start : start
                        let index = place(step, column) * width + number
                        switch observation.scalar {
                        case .float32: bytes.storeBytes(of: token, toByteOffset: 4 * index, as: Float.self)
                        case .uint8: bytes[index] = UInt8(token)
                        }
                    }
                }
            }
        }
    }

    /// Every sequence begins with a state of zeros; what follows the last token is another episode.
    private func begin(_ core: CorePorts) {
        plan.write(core.initial) { $0.update(repeating: 0) }
        plan.write(core.reset) { resets in
            resets.update(repeating: 0)
            resets.suffix(batch.columnCount).indices.forEach { resets[$0] = 1 }
        }
    }
}

extension Phase {
    /// How many runs of it came before, over the whole run.
    func number(_ moment: PhaseRunner.Moment) -> UInt64 {
        let before = perFrame.map { UInt64((Double(moment.frames) * $0).rounded(.down)) } ?? moment.update * UInt64(times)
        return before + UInt64(moment.repetition)
    }
}
