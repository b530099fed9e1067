/// A value of a graph: an input, a parameter, or what an operation makes.
package struct Node: Hashable, Sendable {
    /// Place in its graph's order, which is also an order of evaluation.
    package let id: Int32
    package let shape: Shape
}

/// The host's typed door to an input or an output.
package struct Port<Scalar: BitwiseCopyable & Sendable>: Sendable {
    package let node: Node

    package init(node: Node) { self.node = node }
}

/// The two parts of a run. Targets are late inputs: the host writes them between the parts, from the outputs of the
/// first. So no gradient can ever flow into a target.
package enum Stage: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    /// Everything that depends on inputs of this stage alone and was not made by differentiation.
    case forward
    /// Everything else.
    case backward

    package static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
}

/// What an input port carries.
package enum ScalarType: UInt8, Hashable, Sendable {
    case float, uint8, int32, uint32, uint64

    package init(_ type: (some BitwiseCopyable & Sendable).Type) {
        if type == Float.self {
            self = .float
        } else if type == UInt8.self {
            self = .uint8
        } else if type == Int32.self {
            self = .int32
        } else if type == UInt32.self {
            self = .uint32
        } else if type == UInt64.self {
            self = .uint64
        } else {
            preconditionFailure("no port carries \(type): use Float, UInt8, Int32, UInt32 or UInt64")
        }
    }

    package var byteCount: Int {
        switch self {
        case .uint8: 1
        case .float, .int32, .uint32: 4
        case .uint64: 8
        }
    }
}
