package import StarlingCompute

extension Rows {
    /// (T+1)·B rows of a batch of unrolls, or those of a minibatch of it.
    package static let unroll = Rows("unroll")
    /// Unrolls side by side: B of the (T+1)·B rows.
    package static let columns = Rows("columns")
    /// Observations drawn from the reservoir for the autoencoder alone.
    package static let reservoir = Rows("reservoir")
    /// Environments stepped at once by an actor.
    package static let acting = Rows("acting")
}
