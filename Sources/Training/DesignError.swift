/// A mistake in an algorithm's design that shows before training: what it is, and where.
public struct DesignError: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String, of what: String = "the algorithm") { self.description = "\(what): \(description)" }
}
