import Foundation

/// Tells a learner that another one has begun in its run, where the lock couldn't keep that one out: a file system that
/// doesn't lock across machines, or one that took a machine for dead which was only away.
///
/// Every start replaces the file `generation` before it reads anything. So whoever finds it as he left it *after* he has
/// written a record knows that the next learner will read that record.
package struct RunFence: Sendable {
    private let paths: RunPaths
    private let own: Mark

    /// What a file that was replaced doesn't have in common with the one before.
    private struct Mark: Equatable, Sendable {
        var number: ino_t
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (number, seconds, nanoseconds) = (status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    /// - Parameter directory: whose generation this learner has just raised.
    package init(_ directory: RunDirectory) throws(StorageError) {
        paths = directory.paths
        guard let mark = Mark(paths.generation) else { throw StorageError(SystemFault("read", paths.generation)) }
        own = mark
    }

    /// Whether no other learner has begun since. A file that can't be looked at says nothing: what can't be written there
    /// fails by itself.
    package var holds: Bool { Mark(paths.generation).map { $0 == own } ?? true }

    /// Who has begun, and what follows.
    package var sentence: String {
        "another learner (\(RunDirectory.owner(of: paths))) has begun in \(paths.root): the run is that one's, and this one may not write to it any more"
    }

    /// - Throws: when the run is another's.
    package func check() throws(StorageError) { if !holds { throw StorageError(.inUse, sentence) } }
}
