/// What a search asks of a model: to go on from states that it knows.
///
/// The model keeps the states; the search names them by slots, of which each tree has its own. A state is one in which somebody acts; where
/// a model has chance, an action leads to an afterstate, and one of the outcomes from there to a state (Antonoglou et al. 2022, "Planning in
/// stochastic environments with a learned model").
public protocol SearchModel {
    /// Goes one step on from each of some states or afterstates, and says what is there.
    mutating func expand(_ steps: UnsafeBufferPointer<SearchStep>, into results: SearchResults)
}

/// A step into the unknown.
public struct SearchStep: BitwiseCopyable, Sendable {
    /// Slots of the state that it begins in, and of the one that it leads to.
    public let from: Int32
    /// The slot that it leads to.
    public let to: Int32
    /// The action, or the outcome of an afterstate.
    public let choice: Int32
    /// Whether it begins in an afterstate, so that chance chooses.
    public let isChance: Bool
}

/// Room for what a model says of the states that steps led to, by step.
public struct SearchResults: BitwiseCopyable, @unchecked Sendable {
    /// Of the policy; of an afterstate of its outcomes. `[steps, width]`; what isn't written is never chosen.
    public let logits: UnsafeMutablePointer<Float>
    /// Numbers of a row of logits.
    public let width: Int
    /// What the state is worth, to whom it is to move.
    public let values: UnsafeMutablePointer<Float>
    /// Of the step; 0 into an afterstate.
    public let rewards: UnsafeMutablePointer<Float>
    /// What a step's value counts for: γ, 0 where the episode ends, −1 where the other player moves next; 1 into an afterstate.
    public let discounts: UnsafeMutablePointer<Float>
}
