/// One column of an unroll.
public struct UnrollColumn: Hashable, Sendable {
    /// What it holds.
    public let name: Name
    /// What its numbers are in memory and on the wire.
    public let scalar: Scalar
    /// Numbers of one environment in one row.
    public let width: Int
    /// How many rows it has in an unroll.
    public let extent: Extent
    /// What must be true of its numbers; a learner takes no unroll that breaks one.
    public let rules: [Rule]

    public init(_ name: Name, _ scalar: Scalar, _ width: Int, _ extent: Extent, _ rules: [Rule]) {
        self.name = name
        self.scalar = scalar
        self.width = width
        self.extent = extent
        self.rules = rules
    }

    /// A name is what two builds know a column by.
    public struct Name: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        /// What was seen.
        public static let observation = Name(rawValue: "observation")
        /// What was done.
        public static let action = Name(rawValue: "action")
        /// What it brought.
        public static let reward = Name(rawValue: "reward")
        /// log μ(a).
        public static let logProbability = Name(rawValue: "log_probability")
        /// What the policy head gave.
        public static let logits = Name(rawValue: "logits")
        /// A `StepKind` of each step.
        public static let kind = Name(rawValue: "kind")
        /// The recurrent state before row 0.
        public static let coreState = Name(rawValue: "core_state")

        /// 1 of an action that may be taken, else 0.
        public static let actionMask = Name(rawValue: "action_mask")

        /// What a limit bounds the sum of, beside the reward.
        public static let cost = Name(rawValue: "cost")
    }

    /// What a number is in memory and on the wire.
    public enum Scalar: UInt8, Hashable, Sendable {
        case float32 = 0
        case uint8 = 1
        case int32 = 2

        /// The scalar of a column of observations.
        public init(_ scalar: ObservationSpec.Scalar) { self = scalar == .float32 ? .float32 : .uint8 }

        /// Bytes of one scalar.
        public var byteCount: Int { self == .uint8 ? 1 : 4 }
    }

    /// The rows that a column has.
    public enum Extent: Hashable, Sendable {
        /// Rows 0 ..< T, one a step.
        case rows
        /// `history` rows before row 0, then rows 0 ... T, of which T bootstraps.
        case rowsAndBootstrap(history: Int)
        /// One for each environment, before row 0.
        case once

        /// As the wire and the digest know it.
        package var code: UInt8 {
            switch self {
            case .rows: 0
            case .rowsAndBootstrap: 1
            case .once: 2
            }
        }

        /// Rows before row 0.
        package var history: Int { if case .rowsAndBootstrap(let history) = self { history } else { 0 } }

        /// Rows of an unroll of T steps.
        package func rowCount(unrollLength: Int) -> Int {
            switch self {
            case .rows: unrollLength
            case .rowsAndBootstrap(let history): history + unrollLength + 1
            case .once: 1
            }
        }
    }

    /// What must be true of a column's numbers.
    public enum Rule: Hashable, Sendable {
        /// All are finite.
        case finite
        /// All are finite and at most this in magnitude.
        case within(Float)
        /// All are in 0 ..< this.
        case below(Int)
        /// Of bytes: every row begins with so many float32, all of which are finite and at most this in magnitude.
        case leadingWithin(count: Int, Float)
        /// All are of `StepKind`, in an order that episodes can have, and the header tells of as many episodes as end in them.
        case stepKind
        /// Each is the logarithm of the probability, or the density, with which the acting rule takes the row's action, of the
        /// row's logits; a distribution is that of continuous actions.
        case logProbability(ActingRule, ModelSpec.ActionDistribution?, epsilonSpread: Float)
        /// Number `i` of a row is in 0 ..< the count of part `i` of an action.
        case belowParts([Int])
        /// Of every part, of so many each, something may be chosen; where a row is a step, what was.
        case allowsAction(parts: [Int])

        /// As the wire and the digest know it.
        package var code: (kind: UInt8, number: UInt32, limit: Float) {
            switch self {
            case .finite: (1, 0, 0)
            case .within(let limit): (2, 0, limit)
            case .below(let limit): (3, UInt32(limit), 0)
            case .stepKind: (4, 0, 0)
            case .leadingWithin(let count, let limit): (20, UInt32(count), limit)
            case .logProbability(let rule, let distribution, let spread):
                (5, UInt32(rule.rawValue) | (distribution.map { UInt32($0.rawValue) + 1 } ?? 0) << 8, spread)
            case .belowParts(let counts): (6, UInt32(counts.count), 0)
            case .allowsAction(let parts): (7, UInt32(parts.count), 0)
            }
        }
    }

    /// Bytes of an unroll of T steps of E environments.
    package func byteCount(unrollLength: Int, environmentCount: Int) -> Int {
        extent.rowCount(unrollLength: unrollLength) * environmentCount * width * scalar.byteCount
    }

    func append(to bytes: inout [UInt8]) {
        func append<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += Array(name.rawValue.utf8) + [0, scalar.rawValue, extent.code]
        append(UInt32(extent.history))
        append(UInt32(width))
        bytes.append(UInt8(rules.count))
        for rule in rules {
            let code = rule.code
            bytes.append(code.kind)
            append(code.number)
            append(code.limit.bitPattern)
        }
    }
}
