import Foundation

/// A system call that failed.
struct SystemFault: Error {
    var operation: String
    var path: String
    var code: Int32

    init(_ operation: String, _ path: String, code: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// One line with a remedy for what can be mended.
    var message: String {
        let remedy =
            switch code {
            case ENOSPC, EDQUOT: "; free some space, or choose another --run"
            case EFBIG: "; raise the limit on file sizes (ulimit -f)"
            case EACCES, EPERM, EROFS: "; check the rights, or choose another --run"
            default: ""
            }
        return "can't \(operation) \(path): \(String(cString: strerror(code)))\(remedy)"
    }
}

/// The few file operations of a run directory, such that what is said to be written survives a crash.
enum FileSystem {
    /// Writes a file aside, syncs it, renames it into place and syncs the directory: a reader sees the old file or the
    /// whole new one.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(SystemFault) {
        let aside = path + ".aside"
        try create(aside, bytes, mode: mode)
        guard rename(aside, path) == 0 else { throw SystemFault("rename to", path) }
        try synchronize(directory: (path as NSString).deletingLastPathComponent)
    }

    /// Writes a new file, or over an old one, and syncs it. What was written of it is removed when that fails.
    static func create(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws(SystemFault) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemFault("write", path) }
        do throws(SystemFault) {
            try write(bytes, to: descriptor, path: path)
            guard fsync(descriptor) == 0 else { throw SystemFault("sync", path) }
        } catch {
            close(descriptor)
            unlink(path)
            throw error
        }
        // Some file systems tell of a full disk only here.
        guard close(descriptor) == 0 else { throw SystemFault("write", path) }
    }

    /// Writes everything, in as many calls as it takes.
    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(SystemFault) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemFault("write", path) }
            written += count
        }
    }

    /// Reads a whole file of at most `limit` bytes.
    static func read(_ path: String, limit: Int = .max) throws(SystemFault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFault("read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemFault("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemFault("read", path, code: EINVAL) }
        guard status.st_size <= limit else { throw SystemFault("read", path, code: EFBIG) }
        let size = Int(status.st_size)
        var fault: SystemFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let count = Glibc.read(descriptor, buffer.baseAddress! + filled, size - filled)
                if count < 0 && errno == EINTR { continue }
                if count < 0 { fault = SystemFault("read", path) }
                guard count > 0 else { return }
                filled += count
            }
        }
        if let fault { throw fault }
        return bytes
    }

    /// Makes the names in a directory durable.
    static func synchronize(directory: String) throws(SystemFault) {
        let directory = directory.isEmpty ? "." : directory
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFault("sync", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemFault("sync", directory) }
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String) throws(SystemFault) {
        var built = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            built += (built.isEmpty || built == "/" ? "" : "/") + part
            guard mkdir(built, 0o755) == 0 || errno == EEXIST else { throw SystemFault("make", built) }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemFault("make", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemFault("make", path, code: ENOTDIR) }
    }

    /// The names in a directory, sorted; nil when there is no such directory.
    static func names(in directory: String) -> [String]? {
        (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted()
    }

    /// Removes a file or a whole directory, if it is there.
    static func remove(_ path: String) throws(SystemFault) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            var status = stat()
            guard lstat(path, &status) != 0 else { throw SystemFault("remove", path, code: EBUSY) }
        }
    }
}
