/// Scalars an array of a safetensors file may have, by the format's names. Little-endian all.
package enum ArrayScalar: String, Hashable, Sendable, CaseIterable {
    case uint8 = "U8"
    case int32 = "I32"
    case float32 = "F32"
    case int64 = "I64"
    case uint64 = "U64"
    case float64 = "F64"

    /// Bytes of one scalar.
    package var byteCount: Int {
        switch self {
        case .uint8: 1
        case .int32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    /// The format's name of a Swift type that has one.
    init?<Scalar>(_ type: Scalar.Type) {
        switch type {
        case is UInt8.Type: self = .uint8
        case is Int32.Type: self = .int32
        case is Float.Type: self = .float32
        case is Int64.Type: self = .int64
        case is UInt64.Type: self = .uint64
        case is Double.Type: self = .float64
        default: return nil
        }
    }
}

/// A dense row-major array with a name.
package struct NamedArray: Hashable, Sendable {
    package let name: String
    package let scalar: ArrayScalar
    /// `[]` is one scalar.
    package let shape: [Int]
    /// As many as the shape says.
    package let bytes: [UInt8]

    /// - Precondition: as many bytes as the shape says.
    package init(_ name: String, _ scalar: ArrayScalar, shape: [Int], bytes: [UInt8]) {
        precondition(
            shape.allSatisfy { $0 >= 0 } && bytes.count == shape.reduce(1, *) * scalar.byteCount,
            "\(name): \(bytes.count) bytes are not \(scalar.rawValue) \(shape)")
        self.name = name
        self.scalar = scalar
        self.shape = shape
        self.bytes = bytes
    }

    /// Copies scalars of one of the format's types.
    /// - Precondition: the format knows the type, and there are as many values as the shape says.
    package init<Scalar: BitwiseCopyable>(_ name: String, shape: [Int], _ values: UnsafeBufferPointer<Scalar>) {
        guard let scalar = ArrayScalar(Scalar.self) else { preconditionFailure("\(name): no array of \(Scalar.self)") }
        self.init(name, scalar, shape: shape, bytes: Array(UnsafeRawBufferPointer(values)))
    }

    /// Copies scalars of one of the format's types; without a shape, a vector.
    /// - Precondition: as above.
    package init<Scalar: BitwiseCopyable>(_ name: String, shape: [Int]? = nil, _ values: [Scalar]) {
        self = values.withUnsafeBufferPointer { NamedArray(name, shape: shape ?? [values.count], $0) }
    }

    /// The scalars, or nil when they are of another type.
    package func values<Scalar: BitwiseCopyable>(as type: Scalar.Type = Scalar.self) -> [Scalar]? {
        guard scalar == ArrayScalar(type) else { return nil }
        return bytes.withUnsafeBytes { raw in
            [Scalar](unsafeUninitializedCapacity: raw.count / MemoryLayout<Scalar>.stride) { values, count in
                UnsafeMutableRawBufferPointer(values).copyMemory(from: raw)
                count = raw.count / MemoryLayout<Scalar>.stride
            }
        }
    }
}
