/// A value of a graph: an input, a parameter, or what an operation makes.
public struct Node: Hashable, Sendable {
    /// Place in its graph's order, which is also an order of evaluation.
    public let id: Int32
    /// Its rows and, of one row, the dimensions.
    public let shape: Shape
}

/// The host's typed door to an input or an output.
public struct Port<Scalar: BitwiseCopyable & Sendable>: Sendable {
    /// The node that it feeds or is read from.
    public let node: Node

    public init(node: Node) { self.node = node }
}

/// A part of a run; parts run in order. Targets are late inputs: the host writes them between two parts, from the outputs of
/// the earlier one. So no gradient can ever flow into a target.
public struct Stage: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 0 for the first part. A graph has as many stages as its latest input or gradient asks for.
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Everything that depends on inputs of this stage alone and was not made by differentiation.
    public static let forward = Stage(rawValue: 0)
    /// What needs inputs of this stage, and gradients of losses that need no later one.
    public static let backward = Stage(rawValue: 1)

    /// What is asked for now and then: run after the backward part, or not at all.
    public static let diagnosis = Stage(rawValue: 2)

    /// The stage after this one.
    public var next: Stage { Stage(rawValue: rawValue + 1) }

    public var description: String { self == .forward ? "forward" : self == .backward ? "backward" : "stage \(rawValue)" }

    public static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
}

/// Which of a run's parameter banks a parameter is read from. All banks of a graph have its one layout.
public struct ParameterSource: Hashable, Sendable {
    /// Its place among the banks that a run binds.
    public let index: UInt8

    /// The parameters that are trained.
    public static let online = ParameterSource(index: 0)
    /// Their moving average or an older copy, that targets are computed with.
    public static let target = ParameterSource(index: 1)

    /// Banks that a run can bind.
    static let limit = 2
}

/// What an input port carries.
public enum ScalarType: UInt8, Hashable, Sendable {
    case float, uint8, int32, uint32, uint64

    /// - Precondition: it is one of these.
    public init(_ type: (some BitwiseCopyable & Sendable).Type) {
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
            fatalError("no port carries \(type): use Float, UInt8, Int32, UInt32 or UInt64")
        }
    }

    /// Of one number.
    public var byteCount: Int {
        switch self {
        case .uint8: 1
        case .float, .int32, .uint32: 4
        case .uint64: 8
        }
    }
}
