package import StarlingLatentQuality

/// Something about a run that is worth a line of the log when it lasts.
package protocol RunWarning: Sendable {
    /// A word for programs, the same for all of its kind.
    var name: String { get }
    /// What is wrong, and what to turn.
    var message: String { get }
    /// Judgements in a row that must have it, about as many seconds.
    var patience: Int { get }
}

extension LatentWarning: RunWarning {
    /// At first every autoencoder carries nothing.
    package var patience: Int { 10 }
}
