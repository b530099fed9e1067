import CStarlingKernels

/// The parameters of one version that actors compute with, as one block: applied whole or not at all.
public struct ParameterSnapshot: Sendable {
    /// Whose parameters they are.
    public let version: ParameterVersion
    /// XXH64 (seed 0) of `bytes`.
    public let digest: UInt64
    /// By which the learner knows this version as its own: actors send it back with what they did with it.
    package var tag: UInt64
    /// The numbers of the acting rule that go with this version.
    public var scalars: ActingScalars
    /// Little-endian Float32 in the order and at the offsets of the acting model's parameter layout.
    public let bytes: [UInt8]

    /// Wraps the parameters of a version and computes their digest.
    public init(
        version: ParameterVersion, bytes: [UInt8], tag: UInt64 = 0, scalars: ActingScalars = ActingScalars()
    ) {
        self.scalars = scalars
        self.version = version
        self.bytes = bytes
        self.tag = tag
        digest = bytes.withUnsafeBytes(Digest.of)
    }
}

/// The one digest of the wire: XXH64 with seed 0, of parameter blocks and of experience payloads alike.
public enum Digest {
    /// The digest of bytes as a number.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        starling_xxh64(bytes.baseAddress, bytes.count)
    }

    /// The same as 16 hexadecimal digits.
    package static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = String(of(bytes), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
