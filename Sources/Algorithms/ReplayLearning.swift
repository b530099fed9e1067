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

    public init() {}

    /// Below the name of an algorithm that learns so.
    static let keys = KeyTable<Self>([
        .integer("steps", \.steps, in: 1...255, "n: steps that a return sums up before it trusts Q; fewer where an unroll ends."),
        .integer("batch_rows", \.batchRows, in: 1...1_000_000, "Steps drawn for one step of the optimiser."),
        .number("updates_per_frame", \.updatesPerFrame, in: 1e-6...100, "Steps of the optimiser for each frame that comes in."),
        .integer("learning_starts", \.learningStarts, in: 0...1_000_000_000, "Frames before the first."),
        .integer("replay_steps", \.replaySteps, in: 1...1_000_000_000, "Steps that are kept; the oldest go first."),
        .integer(
            "replay_bytes", \.replayBytes, in: 65_536...(1 << 40), "Bytes that they may take: fewer are kept where more would take more."),
    ])

    func phase(_ objectives: [any Objective], discount: Float) -> Phase {
        let draw = ReplayDraw(sequences: batchRows, stepsPerRow: steps, discount: discount)
        var phase = Phase(objectives, from: .replay(draw))
        phase.perFrame = updatesPerFrame
        phase.after = learningStarts
        return phase
    }

    func settings(_ priority: ReplaySettings.Priority = .none) -> ReplaySettings {
        ReplaySettings(steps: replaySteps, byteLimit: replayBytes, priority: priority)
    }
}
