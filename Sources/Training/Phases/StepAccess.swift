import StarlingCompute

/// What an objective sees on the host between the stages. Confined to the learner's thread.
public final class StepAccess {
    /// Rewards and kinds of the whole batch.
    public let batch: HostBatch
    /// Of a batch: T.
    public let unrollLength: Int
    /// Of a batch: B.
    public let columnCount: Int
    /// Steps that count.
    public internal(set) var frames = 0
    /// Frames of the run before this batch: those of the parameters that newest experience was made with.
    public internal(set) var runFrames: UInt64 = 0
    /// How far the schedules are, in 0 ... 1.
    public internal(set) var progress: Float = 0
    /// Weight of each row in the means, 0 where it holds no step; `[T+1, B]` of sequences, `[B]` of steps on their own.
    public let weights: UnsafeBufferPointer<Float>

    let outputs: [RowOutput: UnsafeBufferPointer<Float>]
    private let targets: [TargetColumn: UnsafeMutableBufferPointer<Float>]
    private let scalars: [ScalarInput: UnsafeMutablePointer<Float>]
    private let successorOffset: Int

    init(
        _ batch: HostBatch, _ order: RowOrder, weights: UnsafeBufferPointer<Float>, outputs: [RowOutput: UnsafeBufferPointer<Float>],
        targets: [TargetColumn: UnsafeMutableBufferPointer<Float>], scalars: [ScalarInput: UnsafeMutablePointer<Float>]
    ) {
        self.batch = batch
        (unrollLength, columnCount) = (batch.unrollLength, batch.columnCount)
        (self.weights, self.outputs, self.targets, self.scalars) = (weights, outputs, targets, scalars)
        successorOffset = order == .transitions ? 0 : columnCount
    }

    /// Of the rows of a plan, whose buffers stay where they are.
    convenience init(_ batch: HostBatch, _ pass: ModelPass, _ plan: Plan) {
        self.init(
            batch, pass.order, weights: plan.write(pass.ports.weight) { UnsafeBufferPointer($0) },
            outputs: Self.outputs(of: pass, plan), targets: pass.targets.mapValues { port in plan.write(port) { $0 } },
            scalars: Self.scalars(of: pass, plan))
    }

    static func outputs(of pass: ModelPass, _ plan: Plan) -> [RowOutput: UnsafeBufferPointer<Float>] {
        pass.outputs.mapValues { port in plan.read(port) { $0 } }
    }

    static func scalars(of pass: ModelPass, _ plan: Plan) -> [ScalarInput: UnsafeMutablePointer<Float>] {
        pass.scalars.mapValues { port in plan.write(port) { $0.baseAddress! } }
    }

    /// Whether what followed a step is a row of the batch, of which more is known where it is a step.
    public var hasSequences: Bool { successorOffset > 0 }

    /// The row of what followed a step, among the rows of what was grown of successors.
    @inline(__always)
    public func successor(_ row: Int) -> Int { row + successorOffset }

    /// What the model said of the rows, `[T+1, B]` of sequences, `[B]` of steps on their own and of what followed these.
    /// - Precondition: the objective needs it, or grew it.
    public func read(_ output: RowOutput) -> UnsafeBufferPointer<Float> {
        guard let values = outputs[output] else {
            fatalError("\(output.name) is read and was not grown: list it in `needs`, or call pass.output in grow")
        }
        return values
    }

    /// Row T of every target, which need not be written, becomes 0.
    func clearBootstrapRow() {
        guard hasSequences else { return }
        for (column, values) in targets {
            UnsafeMutableBufferPointer(rebasing: values.suffix(columnCount * column.width)).update(repeating: 0)
        }
    }

    /// 0·NaN is NaN: what isn't finite in rows that don't count becomes 0.
    func clearUncounted() {
        for (column, values) in targets {
            for index in values.indices where weights[index / column.width] == 0 && !values[index].isFinite { values[index] = 0 }
        }
    }

    func declares(_ column: TargetColumn) -> Bool { targets[column] != nil }

    /// Room for a target of every row: of sequences `[T+1, B]`, of a column of several numbers `[T+1, B, width]`, row T included: a row
    /// more than rewards and kinds have. Row T is 0 before `writeTargets`, and a number that isn't finite becomes 0 behind it where a row's
    /// weight is 0: nobody needs to write these. Of steps on their own `[B]` and `[B, width]`.
    /// - Precondition: an objective of the phase declared it.
    public func target(_ column: TargetColumn) -> UnsafeMutableBufferPointer<Float> {
        guard let values = targets[column] else {
            fatalError("target \(column.name) is written and was not declared: call pass.target in grow")
        }
        return values
    }

    /// - Precondition: an objective of the phase declared it.
    public func set(_ input: ScalarInput, _ value: Float) {
        guard let place = scalars[input] else { fatalError("scalar \(input.name) is set and was not declared: call pass.scalar in grow") }
        place.pointee = value
    }

    /// - Returns: nil when nobody declared it.
    public func scalar(_ input: ScalarInput) -> Float? { scalars[input]?.pointee }
}
