/// What one observation looks like in memory: one array, or several parts one after the other.
///
/// Of several parts those of float32 come first, then those of bytes, each in the order in which they were declared and without
/// gaps; where there are floats, zero bytes make the length a multiple of 4. Whoever moves observations moves bytes, and looks
/// into them no further.
public struct ObservationSpec: Hashable, Sendable {
    /// What one number is in memory and on the wire.
    public enum Scalar: UInt8, Hashable, Sendable {
        case float32 = 0
        case uint8 = 1

        /// Bytes of one scalar.
        public var byteCount: Int { self == .float32 ? 4 : 1 }
    }

    /// One array of several.
    public struct Part: Hashable, Sendable {
        /// `camera`; of nested ones `wrist.camera`.
        public var name: String
        /// `[4]` for a vector, `[C, H, W]` for an image.
        public var shape: [Int]
        /// What its numbers are in memory.
        public var scalar: Scalar

        public init(_ name: String, _ shape: [Int], _ scalar: Scalar = .float32) {
            (self.name, self.shape, self.scalar) = (name, shape, scalar)
        }

        /// Scalars.
        public var count: Int { shape.reduce(1, *) }
        /// Of all its numbers.
        public var byteCount: Int { count * scalar.byteCount }
        /// Whether it is `[C, H, W]`.
        public var isImage: Bool { shape.count == 3 }
    }

    /// Dimensions without time and batch: `[4]` for a vector, `[C, H, W]` for an image. Of several parts the number of bytes.
    public var shape: [Int]
    /// Of several parts `uint8`.
    public var scalar: Scalar
    /// In the order in which they lie; none where the observation is one array.
    public var parts: [Part] = []

    public init(shape: [Int], scalar: Scalar = .float32) {
        self.shape = shape
        self.scalar = scalar
    }

    /// - Parameter parts: in any order; see `fault`.
    public init(parts: [Part]) {
        self.parts = parts.filter { $0.scalar == .float32 } + parts.filter { $0.scalar == .uint8 }
        let size = parts.reduce(0) { $0 + $1.byteCount }
        shape = [parts.contains { $0.scalar == .float32 } ? (size + 3) / 4 * 4 : size]
        scalar = .uint8
    }

    /// Scalars in one observation: the `D` of the objective.
    public var count: Int { parts.isEmpty ? shape.reduce(1, *) : parts.reduce(0) { $0 + $1.count } }
    /// Bytes of one observation.
    public var byteCount: Int { shape.reduce(1, *) * scalar.byteCount }
    /// The float32 that it begins with.
    public var floatCount: Int {
        parts.isEmpty ? (scalar == .float32 ? count : 0) : parts.reduce(0) { $0 + ($1.scalar == .float32 ? $1.count : 0) }
    }

    /// Where a part begins, in bytes.
    public func offset(ofPart index: Int) -> Int { parts[..<index].reduce(0) { $0 + $1.byteCount } }
    /// Which of the `count` scalars are a part's.
    public func scalars(ofPart index: Int) -> Range<Int> {
        let first = parts[..<index].reduce(0) { $0 + $1.count }
        return first..<first + parts[index].count
    }

    /// What `frames` of these look like as one: the first dimension that many times as long, `[F·C, H, W]` of `[C, H, W]`. Of several
    /// parts each is told so; in memory the frames lie one after the other.
    public func stacked(_ frames: Int) -> ObservationSpec {
        guard frames != 1 else { return self }
        var stack = self
        stack.shape = Self.stacked(shape, frames)
        for index in parts.indices { stack.parts[index].shape = Self.stacked(parts[index].shape, frames) }
        return stack
    }

    private static func stacked(_ shape: [Int], _ frames: Int) -> [Int] { [frames * (shape.first ?? 1)] + shape.dropFirst() }

    /// Most parts of an observation.
    public static let partLimit = 64

    /// Why there can be no such parts, as a sentence without its end; nil when there can.
    public var fault: String? {
        guard parts.count <= Self.partLimit else { return "an observation has at most \(Self.partLimit) parts, not \(parts.count)" }
        for (index, part) in parts.enumerated() {
            guard Self.isName(part.name) else {
                return "\"\(part.name)\" names no part of an observation: letters, digits, _ and - do, with dots between them"
            }
            guard !parts[..<index].contains(where: { $0.name == part.name }) else {
                return "two parts of an observation are called \(part.name)"
            }
            guard !part.shape.isEmpty, part.shape.allSatisfy({ $0 > 0 }) else {
                return "the part \(part.name) of an observation can't have the shape \(part.shape)"
            }
        }
        return nil
    }

    /// Whether a part can be called so: names of parameters hold it.
    private static func isName(_ name: String) -> Bool {
        PrintableText.isName(name) && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }
}

extension ObservationSpec: CustomStringConvertible {
    /// For people: `float32 [4]`, or `vector float32 [7], camera uint8 [3, 64, 64]`.
    public var description: String {
        parts.isEmpty ? "\(scalar) \(shape)" : parts.map { "\($0.name) \($0.scalar) \($0.shape)" }.joined(separator: ", ")
    }
}
