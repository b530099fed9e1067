public import StarlingCompute
public import StarlingExperience

/// Which actions may be taken in each of some rows. The policy is that of the logits with those of the others out of reach, when it acts and
/// when it learns (Huang & Ontañón 2022, "A closer look at invalid action masking in policy gradient algorithms"): what is forbidden has no
/// probability, no part in the entropy, and its logit no derivative.
public struct ActionMask: Sendable {
    /// 1 of an action that may be taken, else 0; one of each part may.
    public let port: Port<UInt8>  // [rows, A]
    /// The same as numbers.
    public let allowed: Node  // [rows, A]

    /// - Returns: nil where every action may always be taken.
    public init?(_ g: inout Graph, _ environment: EnvironmentSpec, _ rows: Rows) {
        guard environment.masksActions else { return nil }
        port = g.input("mask.\(rows.name)", .perRow(rows, environment.action.parameterCount), UInt8.self)
        allowed = g.toFloat(port, scale: 1)
    }

    /// `values` of every action `[rows, A]`, and `ActionSpec.forbiddenLogit` of those that may not be taken.
    public func callAsFunction(_ g: inout Graph, _ values: Node) -> Node {
        let forbidden = g.scale(g.offset(allowed, -1), -ActionSpec.forbiddenLogit)
        return g.add(g.multiply(values, allowed), forbidden)
    }
}
