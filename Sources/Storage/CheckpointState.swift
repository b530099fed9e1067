package import StarlingSafetensors

/// What a learner keeps in a checkpoint beside its arrays.
///
/// Digests tell damage, but not a state that never was: one that was changed by hand, or that another build wrote.
package protocol CheckpointState: Codable, Sendable {
    /// What is wrong with it, though it could be read; nil when a run can go on from it.
    var fault: String? { get }
    /// What doesn't fit it of the actors' arrays in the same checkpoint; nil when all do.
    func fault(of actors: [NamedArray]) -> String?
}

extension CheckpointState {
    /// Anything that can be read will do.
    package var fault: String? { nil }
    /// Any arrays will do.
    package func fault(of actors: [NamedArray]) -> String? { nil }
}
