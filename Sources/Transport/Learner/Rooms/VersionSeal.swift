import CSodium
package import StarlingExperience

/// Tells the versions that learners of a run have made from those that somebody claims: every announcement of parameters
/// carries a tag that only who knows the run's secret can make, and experience brings it back. So versions of dead
/// generations, and those of long ago, are known without being remembered.
package struct VersionSeal: Sendable {
    /// Bytes of a secret.
    package static let byteCount = Int(crypto_shorthash_KEYBYTES)

    private let secret: [UInt8]

    /// - Precondition: `secret` has `byteCount` bytes.
    package init(secret: [UInt8]) {
        precondition(secret.count == Self.byteCount, "a secret of \(secret.count) bytes instead of \(Self.byteCount)")
        self.secret = secret
    }

    /// With a secret that nobody has: tags of this one value only.
    package static func random() -> VersionSeal {
        VersionSeal(secret: (0..<byteCount).map { _ in .random(in: .min ... .max) })
    }

    /// SipHash-2-4 (Aumasson & Bernstein 2012) of generation, update and digest, each as 8 bytes, little-endian, and of the acting
    /// scalars, as one float32 after the other, where they are not those of a rule without any.
    package func tag(
        of version: ParameterVersion, _ digest: UInt64, _ scalars: ActingScalars = ActingScalars()
    ) -> UInt64 {
        let words = (
            UInt64(version.generation).littleEndian, version.update.littleEndian, digest.littleEndian,
            scalars.epsilon.bitPattern.littleEndian, scalars.temperature.bitPattern.littleEndian
        )
        let count = scalars == ActingScalars() ? 24 : 32
        var tag: UInt64 = 0
        withUnsafeBytes(of: words) { words in
            let input = UnsafeRawBufferPointer(rebasing: words[..<count])
            secret.withUnsafeBufferPointer { key in
                withUnsafeMutableBytes(of: &tag) { output in
                    _ = crypto_shorthash(
                        output.baseAddress!.assumingMemoryBound(to: UInt8.self),
                        input.baseAddress!.assumingMemoryBound(to: UInt8.self), UInt64(input.count), key.baseAddress!)
                }
            }
        }
        return UInt64(littleEndian: tag)
    }
}
