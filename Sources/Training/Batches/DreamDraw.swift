/// What is dreamt for one step of the optimisers: from latents of replayed steps the model's own experience, acted by the policy.
public struct DreamDraw: Hashable, Sendable {
    /// Dreams side by side.
    public var columns: Int
    /// Steps that each is long, unless its episode terminates.
    public var steps: Int

    public init(columns: Int, steps: Int) { (self.columns, self.steps) = (columns, steps) }
}
