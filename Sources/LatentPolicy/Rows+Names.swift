public import StarlingCompute

extension Rows {
    /// (T+1)·B rows of a batch of unrolls, or those of a minibatch of it.
    public static let unroll = Rows("unroll")
    /// Unrolls side by side: B of the (T+1)·B rows.
    public static let columns = Rows("columns")
    /// What followed each of the rows, where these are steps on their own.
    public static let successors = Rows("successors")
    /// Observations drawn from the reservoir for the autoencoder alone.
    public static let reservoir = Rows("reservoir")
    /// Environments stepped at once by an actor.
    public static let acting = Rows("acting")
}
