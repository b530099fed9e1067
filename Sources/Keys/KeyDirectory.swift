import Glibc
package import StarlingZeroMQ

/// A learner's keys: its own pair, the list of whom it lets in, and the keys that it made for actors.
///
/// ```
/// keys/learner.key     the learner's own; stays here
/// keys/allowed         who may connect
/// keys/NAME.key        made for an actor: the one file to copy to it
/// ```
package struct KeyDirectory: Hashable, Sendable {
    static let learnerName = "learner"
    package let path: String

    package init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    package var learnerFile: String { path + "/learner.key" }
    package var allowListFile: String { path + "/allowed" }
    package func actorFile(_ name: String) -> String { "\(path)/\(name).key" }
    private var lockFile: String { path + "/.lock" }

    /// There is a learner's key in it.
    package var isMade: Bool { SecretFile.exists(learnerFile) }

    // MARK: Making

    /// Makes the directory and the learner's pair, unless they are there.
    /// - Returns: whether they were made now.
    @discardableResult
    package func make() throws(KeyError) -> Bool {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw KeyError("can't make the directory \(path): \(SecretFile.reason)")
        }
        return try SecretFile.locked(lockFile) { () throws(KeyError) -> Bool in
            guard !isMade else { return false }
            guard let pair = try? CurveKeyPair.make() else { throw KeyError("libzmq has no CURVE here: no keys can be made") }
            try SecretFile.write(
                """
                # The key of a Starling learner. It stays on the learner's machine, at mode 0600.
                kind learner
                public \(pair.publicKey.text)
                secret \(pair.secretKey.text)

                """, to: learnerFile, replaces: false)
            if !SecretFile.exists(allowListFile) {
                try SecretFile.write(AllowList().text, to: allowListFile, replaces: false)
            }
            return true
        }
    }

    /// Makes a key for an actor of this learner.
    package func makeActor(_ name: String) throws(KeyError) -> ActorKey {
        let key = try ActorKey(
            named: KeyName.check(name), learner: try learner().publicKey, path: actorFile(name))
        try key.write()
        return key
    }

    // MARK: Reading

    /// The learner's own pair.
    package func learner() throws(KeyError) -> CurveKeyPair {
        guard isMade else { throw KeyError("\(path) holds no learner's key; make one: starling keygen \(path)") }
        return try KeyFields(try SecretFile.read(learnerFile, isSecret: true), path: learnerFile).pair()
    }

    package func allowList() throws(KeyError) -> AllowList {
        AllowList(text: try SecretFile.read(allowListFile, isSecret: false))
    }

    /// What changes when the allow-list does.
    package var allowListStamp: [Int] {
        var status = stat()
        guard stat(allowListFile, &status) == 0 else { return [] }
        return [Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, Int(status.st_mode)]
    }

    // MARK: Letting in and shutting out

    /// Lets an actor in from now on, at a running learner too.
    /// - Returns: its name and public key.
    package func enrol(_ file: String) throws(KeyError) -> (name: String, key: CurveKey) {
        let key = try ActorKey(path: file)
        guard try learner().publicKey == key.learner else {
            throw KeyError("\(file) was made for another learner than that of \(path); take one that `starling keygen \(path) NAME` wrote")
        }
        try change { list throws(KeyError) in try list.enrol(key.name, key.pair.publicKey, at: AllowList.now) }
        return (key.name, key.pair.publicKey)
    }

    /// Shuts an actor out for good; a running learner ends its sessions within seconds.
    /// - Returns: its public key.
    package func revoke(_ name: String) throws(KeyError) -> CurveKey {
        try change { list throws(KeyError) in try list.revoke(name, at: AllowList.now) }
    }

    @discardableResult
    private func change<Result>(_ body: (inout AllowList) throws(KeyError) -> Result) throws(KeyError) -> Result {
        _ = try learner()
        return try SecretFile.locked(lockFile) { () throws(KeyError) -> Result in
            var list = SecretFile.exists(allowListFile) ? try allowList() : AllowList()
            if let fault = list.faults.first { throw KeyError("\(allowListFile): \(fault); mend or remove it first") }
            let result = try body(&list)
            try SecretFile.write(list.text, to: allowListFile, replaces: true)
            return result
        }
    }
}
