import Foundation
import StarlingExperience

/// The directory of a run, locked for as long as this value lives. One process works in it at a time.
package final class RunDirectory: Sendable {
    package let paths: RunPaths
    /// Holds the `flock`, which ends with the process whatever becomes of it. Closed on exec: actors started by this
    /// process must not keep the lock.
    private let lock: Int32

    /// Makes and locks the directory of a new run. It may exist if it is empty, or if what was started in it ended before its first
    /// checkpoint: there is nothing to go on from, so the run begins anew in it.
    package static func create(_ path: String) throws(StorageError) -> RunDirectory {
        let paths = RunPaths(path)
        // A foreign directory must not even get a lock file.
        if let names = FileSystem.names(in: paths.root), !names.isEmpty, !names.contains("lock") {
            throw notEmpty(paths)
        }
        let directory = try RunDirectory(paths)
        let started: Set = [
            "lock", "generation", "identity", "secret", "address", "http-token", "config.yaml", "policy.json", "tuning.json",
            "metrics.jsonl", "ledger.json", "journal", "checkpoints", "tensorboard",
        ]
        let hasCheckpoint = FileSystem.names(in: paths.checkpoints).map { !$0.isEmpty } ?? false
        guard started.isSuperset(of: FileSystem.names(in: paths.root) ?? []), !hasCheckpoint else { throw notEmpty(paths) }
        return directory
    }

    /// Locks the directory of a run that is to go on.
    package static func resume(_ path: String) throws(StorageError) -> RunDirectory {
        let paths = RunPaths(path)
        guard let names = FileSystem.names(in: paths.root), names.contains("config.yaml") else {
            throw StorageError(.noRun, "\(paths.root) holds no run to resume; start one without --resume")
        }
        return try RunDirectory(paths)
    }

    private init(_ paths: RunPaths) throws(StorageError) {
        // Nothing is undone of a directory that somebody else works in: `deinit` runs once all of this has its values.
        lock = try Self.locked(paths)
        self.paths = paths
    }

    /// - Returns: the lock's descriptor, with this process as its owner.
    private static func locked(_ paths: RunPaths) throws(StorageError) -> Int32 {
        do {
            try FileSystem.makeDirectory(paths.root)
        } catch { throw StorageError(error) }
        let lock = open(paths.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw StorageError(SystemFault("write", paths.lock)) }
        let code = takeLock(lock)
        guard code == 0 else {
            close(lock)
            guard code == EWOULDBLOCK else { throw StorageError(SystemFault("lock", paths.lock, code: code)) }
            let owner = owner(of: paths)
            let remedy =
                owner.hasSuffix(" on \(host)")
                ? "" : "; if its machine is gone, the file system frees the lock by itself (NFS 4: after 90 s)"
            throw StorageError(.inUse, "\(paths.root) is in use by \(owner); stop that one or choose another --run\(remedy)")
        }
        do throws(SystemFault) {
            guard ftruncate(lock, 0) == 0 else { throw SystemFault("write", paths.lock) }
            try FileSystem.write(Array("\(getpid()) \(host)\n".utf8), to: lock, path: paths.lock)
        } catch {
            close(lock)
            throw StorageError(error)
        }
        return lock
    }

    deinit {
        unlink(paths.address)
        close(lock)
    }

    /// Tells others where the learner is reached: URLs, whose schemes say for what.
    package func tell(addresses: [String]) throws(StorageError) {
        try replace(paths.address, with: addresses.map { $0 + "\n" }.joined())
    }

    /// Leaves nothing behind of a run that never began: it has no configuration yet.
    package func removeUnbegun() {
        guard access(paths.configuration, F_OK) != 0 else { return }
        for file in [
            paths.generation, paths.identity, paths.secret, paths.address, paths.accessToken, paths.tuning, paths.policy, paths.lock,
        ] {
            unlink(file)
        }
        // Unless something else lies there.
        rmdir(paths.root)
    }

    /// - Returns: 0, or the error's number.
    private static func takeLock(_ lock: Int32) -> Int32 {
        // A process being started holds all descriptors of this one until its exec: a lock just released may be held
        // for some milliseconds more.
        for _ in 0..<10 {
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { return 0 }
            guard errno == EWOULDBLOCK else { return errno }
            usleep(20_000)
        }
        return EWOULDBLOCK
    }

    /// The learner that works in a run directory: `process 4711 on node2`.
    static func owner(of paths: RunPaths) -> String {
        let text = (try? FileSystem.read(paths.lock, limit: 512)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let words = text.split { $0.isWhitespace }
        return "process \(words.first ?? "(unknown)")" + (words.count > 1 ? " on \(words[1])" : "")
    }

    /// This machine's name, as others see it in the lock.
    private static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "?" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func notEmpty(_ paths: RunPaths) -> StorageError {
        StorageError(
            .notEmpty, "\(paths.root) is not empty; add --resume to go on with the run in it, or choose another --run")
    }

    /// Raises the number of this learner's start and returns it. It is on disk before this returns: call it before
    /// binding, so that versions minted again after a crash differ.
    package func nextGeneration() throws(StorageError) -> UInt32 {
        let last = max(try storedGeneration(), newestCheckpointGeneration)
        guard last < .max else { throw StorageError(.damaged, "\(paths.generation): no number is left") }
        try replace(paths.generation, with: "\(last + 1)\n")
        return last + 1
    }

    /// Writes one of the run's files so that a reader sees the old one or the whole new one.
    package func replace(_ path: String, with text: String, isPrivate: Bool = false) throws(StorageError) {
        do {
            try FileSystem.replace(path, with: Array(text.utf8), mode: isPrivate ? 0o600 : 0o644)
        } catch { throw StorageError(error) }
    }

    /// A learner works here again: what the last one left of its ledger is history.
    package func removeLedger() { unlink(paths.ledger) }

    /// Whether a learner works in a run directory now.
    package static func isInUse(_ paths: RunPaths) -> Bool {
        let lock = open(paths.lock, O_RDONLY | O_CLOEXEC)
        guard lock >= 0 else { return false }
        // Given back at once.
        defer { close(lock) }
        return flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// The run's number, chosen by chance at its first start and the same ever after, wherever the directory is moved.
    package func identity() throws(StorageError) -> UInt64 {
        if let text = try? FileSystem.read(paths.identity, limit: 64) {
            let digits = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let number = UInt64(digits, radix: 16), number != 0 else {
                throw StorageError(
                    .damaged,
                    "\(paths.identity) should hold the run's number; remove it, and actors will drop what they have not handed over")
            }
            return number
        }
        let number = UInt64.random(in: 1 ... .max)
        try replace(paths.identity, with: String(number, radix: 16) + "\n")
        return number
    }

    /// The run's secret, chosen by chance at its first start.
    /// - Parameter byteCount: bytes of it.
    package func secret(byteCount: Int) throws(StorageError) -> [UInt8] {
        if FileManager.default.fileExists(atPath: paths.secret) {
            guard let bytes = try? FileSystem.read(paths.secret, limit: byteCount), bytes.count == byteCount else {
                throw StorageError(
                    .damaged,
                    "\(paths.secret) should hold \(byteCount) bytes that only this user can read; remove it, and what actors have not handed over is invalid"
                )
            }
            return bytes
        }
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max) }
        do {
            try FileSystem.replace(paths.secret, with: bytes, mode: 0o600)
        } catch { throw StorageError(error) }
        return bytes
    }

    /// What lets in who looks on from other machines: a line that only this user can read, the same at every start.
    /// - Parameter make: one by chance.
    package func accessToken(_ make: () -> String) throws(StorageError) -> String {
        do {
            if !FileManager.default.fileExists(atPath: paths.accessToken) {
                try FileSystem.replace(paths.accessToken, with: Array("\(make())\n".utf8), mode: 0o600)
            }
            return String(decoding: try FileSystem.read(paths.accessToken, limit: 2048), as: UTF8.self)
        } catch { throw StorageError(error) }
    }

    private func storedGeneration() throws(StorageError) -> UInt32 {
        guard FileManager.default.fileExists(atPath: paths.generation) else { return 0 }
        let text = (try? FileSystem.read(paths.generation, limit: 64)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let number = UInt32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw StorageError(
                .damaged,
                "\(paths.generation) should hold how often a learner has started here; write that number into it")
        }
        return number
    }

    /// Guards against a directory that was copied without its `generation`.
    private var newestCheckpointGeneration: UInt32 {
        let names = FileSystem.names(in: paths.checkpoints) ?? []
        return names.compactMap { ParameterVersion(folder: $0)?.generation }.max() ?? 0
    }
}

extension StorageError {
    init(_ fault: SystemFault) { self.init(.system, fault.message) }
}
