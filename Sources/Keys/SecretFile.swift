import Glibc

/// Files that only their owner may read.
enum SecretFile {
    /// Reads a small file.
    /// - Parameter isSecret: whether it is refused when others may read it; that they may write it, is always refused.
    static func read(_ path: String, isSecret: Bool) throws(KeyError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw KeyError("can't read \(path): \(reason)") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 1 << 20 else {
            throw KeyError("\(path) is no key file")
        }
        let mode = status.st_mode & 0o777
        // Root's file that another user reads through a group, as a volume of a container has it: it can't be had narrower.
        let isLent = status.st_uid == 0 && geteuid() != 0
        guard mode & (isSecret ? (isLent ? 0o037 : 0o077) : 0o022) == 0 else {
            let digits = String(mode, radix: 8)
            throw KeyError("others may \(isSecret ? "use" : "change") \(path) (mode \(digits)): chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }

    /// Writes a file with mode 0600, whole or not at all. Root's commands give it to the owner of the file that it
    /// replaces, else of the directory: a learner that runs as a user of its own goes on reading it.
    /// - Parameter replaces: whether it may be there already.
    static func write(_ text: String, to path: String, replaces: Bool) throws(KeyError) {
        let aside = "\(path).\(getpid()).new"
        // Nothing that somebody has put there is followed or written to.
        unlink(aside)
        let descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw KeyError("can't write \(aside): \(reason)") }
        var bytes = Array(text.utf8)
        let isWritten =
            fchmod(descriptor, 0o600) == 0 && Glibc.write(descriptor, &bytes, bytes.count) == bytes.count
            && give(descriptor, toOwnerOf: exists(path) ? path : directory(of: path)) && fsync(descriptor) == 0
        close(descriptor)
        // A link, other than a renaming, leaves alone what has the name already.
        let isNamed = isWritten && (replaces ? rename(aside, path) == 0 : link(aside, path) == 0)
        let reason = reason
        if !isNamed || !replaces { unlink(aside) }
        guard isNamed else { throw KeyError("can't write \(path): \(reason)") }
    }

    /// Only root can give a file away.
    private static func give(_ descriptor: Int32, toOwnerOf path: String) -> Bool {
        guard geteuid() == 0 else { return true }
        var status = stat()
        return stat(path, &status) == 0 && fchown(descriptor, status.st_uid, status.st_gid) == 0
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static var reason: String { String(cString: strerror(errno)) }

    /// A lock that is held until the process ends or `body` does: two commands don't write over each other.
    static func locked<Result>(_ path: String, _ body: () throws(KeyError) -> Result) throws(KeyError) -> Result {
        var descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = give(descriptor, toOwnerOf: directory(of: path))
        } else {
            descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { throw KeyError("can't lock \(path): \(reason)") }
        defer { close(descriptor) }
        return try body()
    }
}
