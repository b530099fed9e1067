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

/// A part of a run; parts run in order. Targets are late inputs: the host writes them between two parts, from the outputs of
/// the earlier one. So no gradient can ever flow into a target.
package struct Stage: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 0 for the first part. A graph has as many stages as its latest input or gradient asks for.
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Everything that depends on inputs of this stage alone and was not made by differentiation.
    package static let forward = Stage(rawValue: 0)
    /// What needs inputs of this stage, and gradients of losses that need no later one.
    package static let backward = Stage(rawValue: 1)

    /// The stage after this one.
    package var next: Stage { Stage(rawValue: rawValue + 1) }

    package var description: String { self == .forward ? "forward" : self == .backward ? "backward" : "stage \(rawValue)" }

    package static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
}

/// Which of a run's parameter banks a parameter is read from. All banks of a graph have its one layout.
package struct ParameterSource: Hashable, Sendable {
    package let index: UInt8

    /// The parameters that are trained.
    package static let online = ParameterSource(index: 0)
    /// Their moving average or an older copy, that targets are computed with.
    package static let target = ParameterSource(index: 1)

    /// Banks that a run can bind.
    static let limit = 2
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
