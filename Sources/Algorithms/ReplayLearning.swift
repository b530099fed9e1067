import StarlingConfiguration
import StarlingTraining

/// How an algorithm learns from a replay buffer: what is kept, what is drawn, and how often.
public struct ReplayLearning: Hashable, Sendable {
    /// n of n-step returns.
    public var steps = 1
    public var batchRows = 64
    public var updatesPerFrame = 0.5
    public var learningStarts: UInt64 = 1000
    public var replaySteps = 100_000
    public var replayBytes = 1 << 30
    /// First steps of a sequence that a recurrent core only warms up on.
    public var burnIn = 0

    public init() {}

    /// Below the name of an algorithm that learns so.
    static let keys =
        KeyTable<Self>([
            .integer("steps", \.steps, in: 1...255, "n: steps that a return sums up before it trusts Q; fewer where an unroll ends."),
            .integer(
                "batch_rows", \.batchRows, in: 1...1_000_000,
                "Steps drawn for one step of the optimiser; with a recurrent core as many whole unrolls as have so many."),
            .integer(
                "burn_in", \.burnIn, in: 0...4096,
                "First steps of each unroll drawn for a recurrent core that only bring its state up to date, and aren't trained on."),
        ]) + bufferKeys

    /// What is kept, and how often something is drawn of it, whatever that is.
    static let bufferKeys = KeyTable<Self>([
        .number("updates_per_frame", \.updatesPerFrame, in: 1e-6...100, "Steps of the optimiser for each frame that comes in."),
        .integer("learning_starts", \.learningStarts, in: 0...1_000_000_000, "Frames before the first."),
        .integer("replay_steps", \.replaySteps, in: 1...1_000_000_000, "Steps that are kept; the oldest go first."),
        .integer(
            "replay_bytes", \.replayBytes, in: 65_536...(1 << 40), "Bytes that they may take: fewer are kept where more would take more."),
    ])

    /// Draws single steps, n of them together; with a recurrent core whole unrolls, of which objectives make n-step returns.
    func phase(_ objectives: [any Objective], discount: Float, _ context: TrainingContext) -> Phase {
        let single = ReplayDraw(sequences: batchRows, stepsPerRow: steps, discount: discount)
        var draw = context.policy.model.core == .none ? single : sequences(of: 1, discount: discount, context)
        draw.burnIn = burnIn
        var phase = Phase(objectives, from: .replay(draw))
        phase.perFrame = updatesPerFrame
        phase.after = learningStarts
        return phase
    }

    /// Draws so many steps in a row; with a recurrent core whole unrolls.
    func sequences(of steps: Int, discount: Float, _ context: TrainingContext) -> ReplayDraw {
        let length = context.policy.model.core == .none ? steps : context.acting.unrollLength
        return ReplayDraw(sequences: max(1, batchRows / length), steps: length, discount: discount)
    }

    func settings(_ priority: ReplaySettings.Priority = .none) -> ReplaySettings {
        ReplaySettings(steps: replaySteps, byteLimit: replayBytes, priority: priority)
    }
}
