import CZeroMQ

/// A public or secret key of CURVE: 32 bytes, written as 40 characters of Z85.
package struct CurveKey: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 32
    /// Characters of the text form.
    package static let textCount = 40

    package let bytes: [UInt8]

    /// - Returns: nil when there are not 32 bytes.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = [UInt8](bytes)
    }

    /// - Returns: nil when the text is not the Z85 of 32 bytes.
    package init?(text: String) {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        guard text.utf8.count == Self.textCount, zmq_z85_decode(&bytes, text) != nil else { return nil }
        self.bytes = bytes
    }

    /// Z85.
    package var text: String {
        var characters = [CChar](repeating: 0, count: Self.textCount + 1)
        zmq_z85_encode(&characters, bytes, bytes.count)
        return String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The first 8 bytes in hexadecimal, in groups: what two people compare.
    package var fingerprint: String {
        let digits = Array("0123456789abcdef")
        return bytes.prefix(8).enumerated().map { index, byte in
            let pair = [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            return (index > 0 && index % 2 == 0 ? "-" : "") + String(pair)
        }.joined()
    }

    /// The fingerprint, so that no secret ever gets into a log.
    package var description: String { fingerprint }
}

/// A key of CURVE for one end.
package struct CurveKeyPair: Hashable, Sendable {
    package let publicKey: CurveKey
    package let secretKey: CurveKey

    /// Makes a new pair from the system's random numbers.
    /// - Throws: when libzmq was built without CURVE.
    package static func make() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: CurveKey.textCount + 1)
        var secretText = [CChar](repeating: 0, count: CurveKey.textCount + 1)
        guard zmq_has("curve") == 1, zmq_curve_keypair(&publicText, &secretText) == 0,
            let secret = CurveKey(text: String(decoding: secretText.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        else { throw .last("make a key pair (libzmq needs CURVE)") }
        return try CurveKeyPair(secret: secret)
    }

    /// Derives the public key.
    package init(secret: CurveKey) throws(ZeroMQError) {
        var text = [CChar](repeating: 0, count: CurveKey.textCount + 1)
        guard zmq_curve_public(&text, secret.text) == 0,
            let key = CurveKey(text: String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        else { throw .last("derive a public key (libzmq needs CURVE)") }
        publicKey = key
        secretKey = secret
    }
}
