package import StarlingZeroMQ

/// What an actor needs to be let in: one file. Its name is who the actor is to the learner.
package struct ActorKey: Hashable, Sendable {
    package var name: String
    package var pair: CurveKeyPair
    /// The public key of the learner it goes to: nobody else can pose as that learner.
    package var learner: CurveKey
    /// Where it was read from, for messages.
    package var path: String

    /// Of its own public key, and of the learner's, for people.
    package var fingerprint: String { pair.publicKey.fingerprint }
    package var learnerFingerprint: String { learner.fingerprint }

    /// Reads a key file.
    /// - Throws: when it is missing, damaged or open to others.
    package init(path: String) throws(KeyError) {
        // Whoever gives a file's content in place of its path would find his secret in the log.
        guard !path.contains(where: \.isNewline) else {
            throw KeyError(
                "a key is given by the path of its file, and what was given has several lines, as the content of such a file has")
        }
        guard SecretFile.exists(path) else {
            throw KeyError(
                "there is no key file \(path); on the learner's machine starling keygen DIR NAME makes one and starling enrol DIR/NAME.key lets it in; copy it here, and mind the path"
            )
        }
        let fields = KeyFields(try SecretFile.read(path, isSecret: true), path: path)
        if fields.value("kind") == "learner" {
            throw KeyError(
                "\(path) is the learner's own key, which stays with it; an actor takes one that `starling keygen DIR NAME` wrote")
        }
        pair = try fields.pair()
        learner = try fields.key("learner")
        name = try KeyName.check(fields.value("name") ?? "")
        self.path = path
    }

    /// Makes a new key.
    init(named name: String, learner: CurveKey, path: String) throws(KeyError) {
        guard let pair = try? CurveKeyPair.make() else { throw KeyError("libzmq has no CURVE here: no keys can be made") }
        (self.name, self.pair, self.learner, self.path) = (name, pair, learner, path)
    }

    func write() throws(KeyError) {
        guard !SecretFile.exists(path) else {
            throw KeyError("\(path) is there already: take another name, or remove it first")
        }
        try SecretFile.write(
            """
            # The key of the Starling actor \(name). Whoever has this file can be that actor: keep it at mode 0600.
            kind actor
            name \(name)
            public \(pair.publicKey.text)
            secret \(pair.secretKey.text)
            learner \(learner.text)

            """, to: path, replaces: false)
    }
}

/// Names of keys.
package enum KeyName {
    /// - Throws: when it is no good name.
    @discardableResult
    package static func check(_ name: String) throws(KeyError) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [45, 46, 95].contains(byte)
        }
        guard isPlain, (1...64).contains(name.utf8.count), name.utf8.first != 46, name != KeyDirectory.learnerName else {
            throw KeyError("\"\(name)\" can't name a key: 1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.', not \"learner\"")
        }
        return name
    }
}
