import StarlingZeroMQ

/// The text of a key file: lines `name value`, and comments.
struct KeyFields {
    private let path: String
    private var values: [Substring: Substring] = [:]

    init(_ text: String, path: String) {
        self.path = path
        for line in text.split(separator: "\n") where !line.hasPrefix("# ") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.count == 2 { values[words[0]] = words[1] }
        }
    }

    func value(_ name: Substring) -> String? { values[name].map { String($0) } }

    /// - Returns: nil when there is no such line.
    func optionalKey(_ name: Substring) throws(KeyError) -> CurveKey? {
        guard let text = value(name) else { return nil }
        guard let key = CurveKey(text: text) else {
            throw KeyError("\(path) is damaged: its line \"\(name)\" holds no key; copy it again")
        }
        return key
    }

    func key(_ name: Substring) throws(KeyError) -> CurveKey {
        guard let key = try optionalKey(name) else {
            throw KeyError("\(path) is no key file, or of another kind: it has no line \"\(name)\"")
        }
        return key
    }

    /// A secret key with the public one that is said to belong to it.
    func pair() throws(KeyError) -> CurveKeyPair {
        let (secret, told) = (try key("secret"), try key("public"))
        guard let pair = try? CurveKeyPair(secret: secret) else { throw KeyError("libzmq has no CURVE here") }
        guard pair.publicKey == told else {
            throw KeyError("\(path) is damaged: its public key doesn't belong to its secret; copy it again")
        }
        return pair
    }
}
