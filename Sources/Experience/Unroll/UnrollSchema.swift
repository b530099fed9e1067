/// What an unroll's block holds: named columns, in the order in which they lie, and what must be true of their numbers.
///
/// A learner and its actors each make it from the same assignment. WELCOME tells the learner's, so that builds which don't mean
/// the same find that out by name, before anything is sent.
public struct UnrollSchema: Hashable, Sendable {
    /// In the order in which they lie in a block.
    public let columns: [UnrollColumn]

    public init(columns: [UnrollColumn]) { self.columns = columns }

    /// The columns that an environment and a model bring, and those of acting.
    public init(environment: EnvironmentSpec, model: ModelSpec, acting: ActingSpec) {
        let (observation, action) = (environment.observation, environment.action)
        let ranges: [UnrollColumn.Rule] =
            switch (observation.floatCount, observation.parts.isEmpty) {
            case (0, _): []
            case (_, true): [.within(environment.observationLimit)]
            case (let count, false): [.leadingWithin(count: count, environment.observationLimit)]
            }
        var columns = [
            UnrollColumn(
                .observation, UnrollColumn.Scalar(observation.scalar), observation.byteCount / observation.scalar.byteCount,
                .rowsAndBootstrap(history: model.frameStack - 1), ranges)
        ]
        let distribution: ModelSpec.ActionDistribution?
        switch action {
        case .discrete(let count):
            distribution = nil
            columns.append(UnrollColumn(.action, .int32, 1, .rows, [.below(count)]))
        case .multiDiscrete(let counts):
            distribution = nil
            columns.append(UnrollColumn(.action, .int32, counts.count, .rows, [.belowParts(counts)]))
        case .continuous:
            distribution = model.actionDistribution
            columns.append(UnrollColumn(.action, .float32, action.width, .rows, [.within(Self.sampleLimit)]))
        }
        columns.append(UnrollColumn(.reward, .float32, 1, .rows, [.within(environment.rewardLimit)]))
        let relation = UnrollColumn.Rule.logProbability(acting.rule, distribution, epsilonSpread: acting.epsilonSpread)
        if Self.carriesLogits(action) {
            columns += [
                UnrollColumn(.logProbability, .float32, 1, .rows, [.finite, relation]),
                // Of these only differences count, which are bounded before they are used.
                UnrollColumn(.logits, .float32, action.parameterCount, .rows, [.finite]),
            ]
        } else {
            columns.append(UnrollColumn(.logProbability, .float32, 1, .rows, [.finite]))
        }
        columns.append(UnrollColumn(.kind, .uint8, 1, .rows, [.stepKind]))
        if environment.tellsCost { columns.append(UnrollColumn(.cost, .float32, 1, .rows, [.within(environment.rewardLimit)])) }
        if environment.masksActions {
            columns.append(
                UnrollColumn(
                    .actionMask, .uint8, action.parameterCount, .rowsAndBootstrap(history: 0),
                    [.below(2), .allowsAction(parts: action.parts)]))
        }
        if model.core.stateCount > 0 {
            columns.append(UnrollColumn(.coreState, .float32, model.core.stateCount, .once, [.within(Self.stateLimit)]))
        }
        self.columns = columns
    }

    /// Whether logits travel beside the log-probability that is made of them. Of thousands of actions, as words are, they would be all
    /// that travels, for a check alone.
    package static func carriesLogits(_ action: ActionSpec) -> Bool { action.parameterCount <= 1024 }
    /// Largest |u| of continuous actions, whose unit scale is −1 … 1: far beyond any policy's means, and its square divided
    /// by the smallest variance is a number still.
    package static let sampleLimit: Float = 1e6
    /// Largest magnitude of a recurrent state: a GRU's stays within 1, an LSTM's cell within the steps of an episode.
    package static let stateLimit: Float = 1e6

    /// The column of this name, if there is one.
    public subscript(name: UnrollColumn.Name) -> UnrollColumn? { columns.first { $0.name == name } }

    /// XXH64 of the columns one after the other, never 0. Of each: its name in UTF-8, a zero byte; scalar and extent, a byte each;
    /// rows of history and width, 4 bytes each; the number of its rules, a byte; of each rule its kind, a byte, its whole number, 4
    /// bytes, and its limit as float32. Little-endian.
    public var digest: UInt64 {
        var bytes: [UInt8] = []
        for column in columns { column.append(to: &bytes) }
        return max(1, bytes.withUnsafeBytes(Digest.of))
    }
}
