/// Where the columns of a schema lie in an unroll's block of bytes: `T` steps × `E` environments, time-major, every section
/// aligned to 64 bytes. The block is written by the environments, sent as it is, and copied once into the batch.
///
/// The columns that every step touches have offsets and accessors of their own; `UnrollView.column` is for the others.
///
/// | section | shape | scalar |
/// |---|---|---|
/// | observation | `[F−1+T+1, E, D]` | as the spec says; the frames that a stack of F at row 0 shows besides, then rows 0 ... T, of which `T` bootstraps |
/// | action | `[T, E]`, of several parts `[T, E, P]`, or `[T, E, K]` | Int32 if discrete; Float if continuous: the sample u on the unit scale, as it was drawn |
/// | reward | `[T, E]` | Float |
/// | behaviorLogProbability | `[T, E]` | Float, log μ(a) |
/// | behaviorLogits | `[T, E, A]` | Float; `ActionSpec.forbiddenLogit` where a mask forbids the action |
/// | kind | `[T, E]` | UInt8, a `StepKind` |
/// | cost | `[T, E]` | Float; absent where the environment tells none |
/// | actionMask | `[T+1, E, A]` | UInt8: 1 of an action that may be taken, else 0; absent where the environment has no masks |
/// | coreState | `[E, S]` | Float, the recurrent state before row 0; absent without a core |
public struct UnrollLayout: Hashable, Sendable {
    /// The columns.
    public let schema: UnrollSchema
    /// Where each of the schema's columns begins.
    public let offsets: [Int]
    /// Steps `T`.
    public let unrollLength: Int
    /// Environments `E` side by side.
    public let environmentCount: Int
    /// One frame.
    public let observation: ObservationSpec
    /// Frames `F` that the model sees at a time.
    public let frameStack: Int
    /// Numbers `S` of the recurrent state of one environment; 0 without a core.
    public let coreStateCount: Int
    /// Width `A` of the policy head.
    public let actionParameterCount: Int
    /// Of these, those that a row carries: all of them, or 0.
    public let logitCount: Int
    /// Numbers of one action: 1, `P`, or `K`.
    public let actionWidth: Int
    /// Of each part of an action that is chosen, how many there are; empty of continuous actions.
    public let actionParts: [Int]
    /// Numbers of one action mask: `A`, or 0 where there are none.
    public let actionMaskWidth: Int
    /// 1 where steps have a cost, else 0.
    public let costWidth: Int

    /// Where observations begin, in bytes of the block.
    public let observationOffset = 0
    /// Where actions begin.
    public let actionOffset: Int
    /// Where rewards begin.
    public let rewardOffset: Int
    /// Where log μ(a) begins.
    public let logProbabilityOffset: Int
    /// Where the policy's logits begin.
    public let logitsOffset: Int
    /// Where the kinds of steps begin.
    public let kindOffset: Int
    /// Where costs begin.
    public let costOffset: Int
    /// Where action masks begin.
    public let actionMaskOffset: Int
    /// Where recurrent states begin.
    public let coreStateOffset: Int
    /// Bytes of the whole block, a multiple of 64.
    public let byteCount: Int

    /// - Precondition: T, E and the depth of the stack are above 0.
    public init(environment: EnvironmentSpec, model: ModelSpec, acting: ActingSpec) {
        let (t, e) = (acting.unrollLength, acting.environmentsPerUnroll)
        precondition(t > 0 && e > 0, "an unroll needs T > 0 and E > 0, not T \(t) and E \(e)")
        precondition(model.frameStack > 0, "a stack of \(model.frameStack) frames")
        unrollLength = t
        environmentCount = e
        observation = environment.observation
        frameStack = model.frameStack
        coreStateCount = model.core.stateCount
        actionParameterCount = environment.action.parameterCount
        logitCount = UnrollSchema.carriesLogits(environment.action) ? environment.action.parameterCount : 0
        actionWidth = environment.action.width
        actionParts = environment.action.parts
        actionMaskWidth = environment.masksActions ? environment.action.parameterCount : 0
        costWidth = environment.tellsCost ? 1 : 0
        let schema = UnrollSchema(environment: environment, model: model, acting: acting)
        var (end, offsets) = (0, [Int]())
        for column in schema.columns {
            offsets.append(end)
            end = (end + column.byteCount(unrollLength: t, environmentCount: e) + 63) & ~63
        }
        /// What is absent has no bytes, at the end.
        func offset(_ name: UnrollColumn.Name) -> Int {
            schema.columns.firstIndex { $0.name == name }.map { offsets[$0] } ?? end
        }
        actionOffset = offset(.action)
        rewardOffset = offset(.reward)
        logProbabilityOffset = offset(.logProbability)
        logitsOffset = offset(.logits)
        kindOffset = offset(.kind)
        costOffset = offset(.cost)
        actionMaskOffset = offset(.actionMask)
        coreStateOffset = offset(.coreState)
        byteCount = end
        self.schema = schema
        self.offsets = offsets
    }

    /// Steps `T·E` of the block, reset rows included.
    public var stepCount: Int { unrollLength * environmentCount }
    /// Bytes of the observations of all environments at one time.
    public var observationRowByteCount: Int { environmentCount * observation.byteCount }
    /// Where row 0 begins, behind its history.
    fileprivate var firstRowOffset: Int { observationOffset + (frameStack - 1) * observationRowByteCount }
}

/// The sections of a block that is only read. Valid while the block is.
public struct UnrollView {
    /// Where its sections are.
    public let layout: UnrollLayout
    /// Its first byte.
    public let base: UnsafeRawPointer

    public init(_ layout: UnrollLayout, _ base: UnsafeRawPointer) {
        self.layout = layout
        self.base = base
    }

    /// The observations `[E, D]` at time `t` in `0 ... T`.
    public func observations(at t: Int) -> UnsafeRawBufferPointer {
        let size = layout.observationRowByteCount
        return UnsafeRawBufferPointer(start: base + layout.firstRowOffset + t * size, count: size)
    }
    /// Rows 0 ... T, without the history of row 0.
    public var observations: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: base + layout.firstRowOffset, count: (layout.unrollLength + 1) * layout.observationRowByteCount)
    }
    /// The whole section, `[F−1+T+1, E, D]`.
    public var frames: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: base + layout.observationOffset,
            count: (layout.frameStack + layout.unrollLength) * layout.observationRowByteCount)
    }
    /// The frames as the model sees them.
    package var stack: FrameStack {
        FrameStack(
            depth: layout.frameStack, unrollLength: layout.unrollLength, environmentCount: layout.environmentCount,
            frameByteCount: layout.observation.byteCount, frames: base + layout.observationOffset,
            kinds: kinds.baseAddress!)
    }
    /// Discrete actions, `[T, E, P]`.
    public var actions: UnsafeBufferPointer<Int32> { section(layout.actionOffset, layout.stepCount * layout.actionWidth) }
    /// Samples `[T, E, K]` of continuous actions.
    public var samples: UnsafeBufferPointer<Float> {
        section(layout.actionOffset, layout.stepCount * layout.actionWidth)
    }
    /// `[T, E]`.
    public var rewards: UnsafeBufferPointer<Float> { section(layout.rewardOffset, layout.stepCount) }
    /// log μ(a) of what was done, `[T, E]`.
    public var behaviorLogProbabilities: UnsafeBufferPointer<Float> {
        section(layout.logProbabilityOffset, layout.stepCount)
    }
    /// `[T, E, A]`; empty where they don't travel.
    public var behaviorLogits: UnsafeBufferPointer<Float> {
        section(layout.logitsOffset, layout.stepCount * layout.logitCount)
    }
    /// Raw values of `StepKind`.
    public var kinds: UnsafeBufferPointer<UInt8> { section(layout.kindOffset, layout.stepCount) }
    /// `[T, E]`; empty where the environment tells no costs.
    public var costs: UnsafeBufferPointer<Float> { section(layout.costOffset, layout.stepCount * layout.costWidth) }
    /// Which actions may be taken, `[T+1, E, A]`; empty where the environment has no masks.
    public var actionMasks: UnsafeBufferPointer<UInt8> {
        section(layout.actionMaskOffset, (layout.unrollLength + 1) * layout.environmentCount * layout.actionMaskWidth)
    }
    /// The recurrent state before row 0, `[E, S]`.
    public var coreStates: UnsafeBufferPointer<Float> {
        section(layout.coreStateOffset, layout.environmentCount * layout.coreStateCount)
    }

    /// The bytes of a column, by its place in the schema.
    package func column(_ index: Int) -> UnsafeRawBufferPointer {
        let count = layout.schema.columns[index].byteCount(
            unrollLength: layout.unrollLength, environmentCount: layout.environmentCount)
        return UnsafeRawBufferPointer(start: base + layout.offsets[index], count: count)
    }

    private func section<Scalar>(_ offset: Int, _ count: Int) -> UnsafeBufferPointer<Scalar> {
        UnsafeBufferPointer(start: (base + offset).assumingMemoryBound(to: Scalar.self), count: count)
    }
}

/// The sections of a block that is being written. Valid while the block is.
public struct MutableUnrollView {
    /// Where its sections are.
    public let layout: UnrollLayout
    /// Its first byte.
    public let base: UnsafeMutableRawPointer

    public init(_ layout: UnrollLayout, _ base: UnsafeMutableRawPointer) {
        self.layout = layout
        self.base = base
    }

    /// The observations `[E, D]` at time `t` in `0 ... T`.
    public func observations(at t: Int) -> UnsafeMutableRawBufferPointer {
        let size = layout.observationRowByteCount
        return UnsafeMutableRawBufferPointer(start: base + layout.firstRowOffset + t * size, count: size)
    }
    /// The history of row 0 and that row, `[F, E, D]`: what an unroll begins with.
    public var opening: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: base + layout.observationOffset, count: layout.frameStack * layout.observationRowByteCount)
    }
    /// The samples `[E, K]` of continuous actions at time `t`.
    public func samples(at t: Int) -> UnsafeMutableBufferPointer<Float> {
        row(layout.actionOffset, t, layout.actionWidth)
    }
    /// The discrete actions `[E, P]` at time `t`.
    public func actions(at t: Int) -> UnsafeMutableBufferPointer<Int32> { row(layout.actionOffset, t, layout.actionWidth) }
    /// `[E]` at time `t`.
    public func rewards(at t: Int) -> UnsafeMutableBufferPointer<Float> { row(layout.rewardOffset, t, 1) }
    /// log μ(a), `[E]` at time `t`.
    public func behaviorLogProbabilities(at t: Int) -> UnsafeMutableBufferPointer<Float> {
        row(layout.logProbabilityOffset, t, 1)
    }
    /// `[E, A]` at time `t`; empty where they don't travel.
    public func behaviorLogits(at t: Int) -> UnsafeMutableBufferPointer<Float> {
        row(layout.logitsOffset, t, layout.logitCount)
    }
    /// Values of `StepKind`, `[E]` at time `t`.
    public func kinds(at t: Int) -> UnsafeMutableBufferPointer<UInt8> { row(layout.kindOffset, t, 1) }
    /// `[E]` at time `t`; empty where the environment tells no costs.
    public func costs(at t: Int) -> UnsafeMutableBufferPointer<Float> { row(layout.costOffset, t, layout.costWidth) }
    /// Which actions may be taken at time `t` in `0 ... T`, `[E, A]`; empty where the environment has no masks.
    public func actionMasks(at t: Int) -> UnsafeMutableBufferPointer<UInt8> { row(layout.actionMaskOffset, t, layout.actionMaskWidth) }
    /// The recurrent state before row 0, `[E, S]`.
    public var coreStates: UnsafeMutableBufferPointer<Float> { row(layout.coreStateOffset, 0, layout.coreStateCount) }
    /// The block as its readers see it.
    package var reading: UnrollView { UnrollView(layout, UnsafeRawPointer(base)) }

    private func row<Scalar>(_ offset: Int, _ t: Int, _ width: Int) -> UnsafeMutableBufferPointer<Scalar> {
        let count = layout.environmentCount * width
        return UnsafeMutableBufferPointer(
            start: (base + offset).assumingMemoryBound(to: Scalar.self) + t * count, count: count)
    }
}
