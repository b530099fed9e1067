/// What a row of replay has besides a fresh one's, `[T, B]`.
public struct ReplayColumns {
    /// Steps that the row stands for: its reward is the discounted sum of theirs, and the next row is what they led to.
    public let spans: UnsafeMutableBufferPointer<UInt8>
    /// What the row counts for beside others, because it was drawn more often than they: at most 1.
    public let importance: UnsafeMutableBufferPointer<Float>
    /// For an objective to write: how much is to be learned from the row, in `0 ...`, for instance |δ|.
    public let priorities: UnsafeMutableBufferPointer<Float>
    /// What its actor acted by, `[T, B, A]`: what the policy head gave, or what plans made of it.
    public let actingLogits: UnsafeMutableBufferPointer<Float>

    func deallocate() {
        actingLogits.deallocate()
        spans.deallocate()
        importance.deallocate()
        priorities.deallocate()
    }
}
