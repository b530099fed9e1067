import Foundation
import Synchronization

/// A text file that only grows, by whole lines.
package final class LineFile: Sendable {
    /// Where it is.
    package let path: String
    private let descriptor: Int32
    /// The last append failed, perhaps half-way: the file may end within a line.
    private let mayBeTorn = Mutex(false)

    /// Opens a file to append to. A last line that a crash has torn is cut off.
    package init(appendingTo path: String) throws(StorageError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw StorageError(SystemFault("write", path)) }
        do throws(SystemFault) {
            try cutTornLine()
        } catch {
            close(descriptor)
            throw StorageError(error)
        }
    }

    deinit { close(descriptor) }

    /// Appends a line (without its newline) in one write, so that a reader never sees half of it. What a full disk took of a
    /// line that failed is cut off again.
    package func append(_ line: String) throws(StorageError) {
        do {
            try mayBeTorn.withLock { mayBeTorn throws(SystemFault) in
                var text = line + "\n"
                if mayBeTorn, !isCut() {
                    // The torn line stays, but takes no other with it.
                    text = "\n" + text
                }
                mayBeTorn = true
                do throws(SystemFault) {
                    try FileSystem.write(Array(text.utf8), to: descriptor, path: path)
                } catch {
                    _ = isCut()
                    throw error
                }
                mayBeTorn = false
            }
        } catch { throw StorageError(error) }
    }

    private func isCut() -> Bool { (try? cutTornLine()) != nil }

    private func cutTornLine() throws(SystemFault) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemFault("read", path) }
        var end = status.st_size
        var byte: UInt8 = 0
        while end > 0, pread(descriptor, &byte, 1, end - 1) == 1, byte != UInt8(ascii: "\n") { end -= 1 }
        guard end == status.st_size || ftruncate(descriptor, end) == 0 else { throw SystemFault("write", path) }
    }
}
