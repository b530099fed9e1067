/// What one observation looks like in memory.
public struct ObservationSpec: Hashable, Sendable {
    public enum Scalar: UInt8, Hashable, Sendable {
        case float32 = 0
        case uint8 = 1

        /// Bytes of one scalar.
        public var byteCount: Int { self == .float32 ? 4 : 1 }
    }

    /// Dimensions without time and batch: `[4]` for a vector, `[C, H, W]` for an image.
    public var shape: [Int]
    public var scalar: Scalar

    public init(shape: [Int], scalar: Scalar = .float32) {
        self.shape = shape
        self.scalar = scalar
    }

    /// Scalars in one observation: the `D` of the objective.
    public var count: Int { shape.reduce(1, *) }
    /// Bytes of one observation.
    public var byteCount: Int { count * scalar.byteCount }

    /// What `frames` of these look like as one: the first dimension that many times as long, `[F·C, H, W]` of `[C, H, W]`.
    public func stacked(_ frames: Int) -> ObservationSpec {
        guard frames != 1 else { return self }
        return ObservationSpec(shape: [frames * (shape.first ?? 1)] + shape.dropFirst(), scalar: scalar)
    }
}

/// What an action may be.
public enum ActionSpec: Hashable, Sendable {
    /// One of `0 ..< count`.
    case discrete(Int)

    /// Numbers that describe one action distribution: the width `A` of the policy head.
    public var parameterCount: Int {
        switch self {
        case .discrete(let count): count
        }
    }
}

/// Name and shapes of an environment: all that a model has to know of it.
public struct EnvironmentSpec: Hashable, Sendable {
    public var name: String
    public var observation: ObservationSpec
    public var action: ActionSpec

    public init(name: String, observation: ObservationSpec, action: ActionSpec) {
        self.name = name
        self.observation = observation
        self.action = action
    }
}
