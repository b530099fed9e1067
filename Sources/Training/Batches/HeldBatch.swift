import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// A batch that is kept while minibatches of it are trained on: what unrolls brought, in the inputs of a plan of its own, and the
/// targets, which are computed once.
final class HeldBatch {
    let plan: Plan
    /// Of the whole batch.
    let access: StepAccess
    /// Of the minibatch that is loaded.
    let rows: StepAccess
    private let batch: HostBatch
    private let weights: UnsafeMutableBufferPointer<Float>
    /// Target columns of the whole batch, `[T+1, B, width]` each.
    private let storage: [UnsafeMutableBufferPointer<Float>]
    /// What is copied of each row.
    private let columns: [RowCopy]
    /// The states that sequences begin with.
    private let core: RowCopy?
    private let rowLimit: Int
    /// Sequences of a minibatch at most; nil where rows are drawn one by one.
    private let columnLimit: Int?
    private let steps: Int
    private var drawn = Minibatches()

    init(
        _ graph: PhaseGraph, _ loss: PhaseGraph, _ lossPlan: Plan, _ context: TrainingContext, _ batch: HostBatch
    ) throws(ComputeError) {
        self.batch = batch
        steps = context.acting.unrollLength + 1
        plan = try Plan(graph.graph, rows: [.unroll: context.rowCount, .columns: context.columnCount, .reservoir: 1], context.compute)
        weights = plan.write(graph.pass.ports.weight) { $0 }
        var targets: [TargetColumn: UnsafeMutableBufferPointer<Float>] = [:]
        var copies: [RowCopy] = []
        for (column, port) in loss.pass.targets {
            let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: context.rowCount * column.width)
            values.initialize(repeating: 0)
            targets[column] = values
            let place = lossPlan.write(port) { UnsafeMutableRawBufferPointer($0) }
            copies.append(RowCopy(UnsafeRawPointer(values.baseAddress!), place, 4 * column.width))
        }
        storage = Array(targets.values)
        let (from, to) = (graph.pass.ports, loss.pass.ports)
        let width = context.policy.stackedObservation.byteCount
        var source = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var target = source
        plan.writeBytes(from.observation) { source = $0 }
        lossPlan.writeBytes(to.observation) { target = $0 }
        copies.append(RowCopy(UnsafeRawPointer(source.baseAddress!), target, width))
        let heldPlan = plan
        func copy<S>(_ a: Port<S>, _ b: Port<S>, numbers: Int = 1) -> RowCopy {
            let source = heldPlan.write(a) { UnsafeRawPointer($0.baseAddress!) }
            return RowCopy(source, lossPlan.write(b) { UnsafeMutableRawBufferPointer($0) }, numbers * MemoryLayout<S>.stride)
        }
        switch (from.action, to.action) {
        case (.discrete(let a), .discrete(let b)): copies.append(copy(a, b))
        case (.multiDiscrete(let a), .multiDiscrete(let b)):
            copies.append(copy(a, b, numbers: context.policy.environment.action.parameterCount))
        case (.continuous(let a), .continuous(let b)): copies.append(copy(a, b, numbers: context.policy.environment.action.width))
        default: preconditionFailure("actions of two kinds")
        }
        if let a = from.mask, let b = to.mask { copies.append(copy(a, b, numbers: context.policy.environment.action.parameterCount)) }
        if let a = from.noise, let b = to.noise {
            copies += [copy(a.key, b.key), copy(a.step, b.step), copy(a.environment, b.environment)]
        }
        if let a = from.core, let b = to.core {
            copies.append(copy(a.reset, b.reset))
            core = copy(a.initial, b.initial, numbers: context.policy.model.core.stateCount)
        } else {
            core = nil
        }
        columns = copies
        rowLimit = lossPlan.write(to.weight) { $0.count }
        columnLimit = core == nil ? nil : rowLimit / steps
        access = StepAccess(
            batch, graph.pass.order, weights: UnsafeBufferPointer(weights), outputs: StepAccess.outputs(of: graph.pass, plan),
            targets: targets, scalars: StepAccess.scalars(of: loss.pass, lossPlan))
        rows = StepAccess(batch, loss.pass, lossPlan)
    }

    deinit { for values in storage { values.deallocate() } }

    /// Computes what targets need.
    /// - Returns: the steps that count.
    func prepare(with banks: ParameterBanks) -> Int {
        let frames = batch.weights(into: weights)
        plan.run(.forward, with: banks)
        return frames
    }

    /// Begins an epoch.
    func shuffle(_ seed: UInt64) {
        if let columnLimit {
            drawn.drawColumns(batch.columnCount, limit: columnLimit, seed: seed)
        } else {
            drawn.drawSteps(batch, limit: rowLimit, seed: seed)
        }
    }

    var minibatchCount: Int { drawn.count }

    /// Copies a minibatch of this epoch into the inputs of the loss. Rows beyond its own have no weight.
    func load(_ number: Int, _ weights: UnsafeMutableBufferPointer<Float>) {
        let chosen = drawn[number]
        weights.update(repeating: 0)
        guard let core, let columnLimit else {
            for (place, row) in chosen.enumerated() { copy(Int(row), to: place) }
            for place in chosen.count..<rowLimit { copy(Int(chosen.first!), to: place) }
            weights.prefix(chosen.count).update(repeating: 1 / Float(chosen.count))
            rows.frames = chosen.count
            return
        }
        var frames = 0
        for place in 0..<columnLimit {
            let isOwn = place < chosen.count
            let column = Int(isOwn ? chosen[chosen.startIndex + place] : chosen.first!)
            core.copy(column, to: place)
            for t in 0..<steps {
                let row = t * batch.columnCount + column
                copy(row, to: t * columnLimit + place)
                guard isOwn, t + 1 < steps, batch.kinds[row] != StepKind.reset.rawValue else { continue }
                weights[t * columnLimit + place] = 1
                frames += 1
            }
        }
        let weight = 1 / Float(max(1, frames))
        for row in weights.indices { weights[row] *= weight }
        rows.frames = frames
    }

    private func copy(_ row: Int, to place: Int) { for column in columns { column.copy(row, to: place) } }
}

/// Copies one input's numbers of a row to another plan.
private struct RowCopy {
    private let source: UnsafeRawPointer
    private let target: UnsafeMutableRawPointer
    private let byteCount: Int

    init(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawBufferPointer, _ byteCount: Int) {
        (self.source, self.target, self.byteCount) = (source, target.baseAddress!, byteCount)
    }

    @inline(__always)
    func copy(_ row: Int, to place: Int) {
        (target + place * byteCount).copyMemory(from: source + row * byteCount, byteCount: byteCount)
    }
}
