import Foundation
import StarlingExperience

/// A segment that is being written. For one thread.
final class SegmentFile {
    let path: String
    let number: UInt64
    private let salt: UInt32
    private let descriptor: Int32
    /// Bytes that are whole records, the header included.
    private(set) var byteCount = SegmentHeader.byteCount
    private(set) var lastIndex: UInt64 = 0
    /// Heads of the records of one call, side by side.
    private var heads: [UInt8] = []
    private static let zeros = [UInt8](repeating: 0, count: 8)
    /// Records of one `writev`: each takes up to three pieces, and the kernel takes 1024.
    static let recordLimit = 256

    /// Makes the file and writes its header.
    init(_ path: String, _ header: SegmentHeader, isSynced: Bool) throws(SystemFault) {
        self.path = path
        number = header.number
        salt = header.salt
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemFault("write", path) }
        do throws(SystemFault) {
            try FileSystem.write(header.bytes, to: descriptor, path: path)
            if isSynced {
                guard fsync(descriptor) == 0 else { throw SystemFault("sync", path) }
                try FileSystem.synchronize(directory: (path as NSString).deletingLastPathComponent)
            }
        } catch {
            close(descriptor)
            unlink(path)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Whether the path still leads to this file: what is written to one that was removed, moved or unmounted is found by no
    /// later start.
    var isInPlace: Bool {
        var own = stat()
        var named = stat()
        return fstat(descriptor, &own) == 0 && stat(path, &named) == 0 && own.st_dev == named.st_dev
            && own.st_ino == named.st_ino
    }

    /// Appends records, at most `recordLimit`, each block straight from where it was received. After an error the file
    /// ends where it did before.
    func append(_ entries: ArraySlice<JournalEntry>, isSynced: Bool) throws(SystemFault) {
        heads.removeAll(keepingCapacity: true)
        var ends: [Int] = []
        ends.reserveCapacity(entries.count)
        for entry in entries {
            JournalRecord.appendHead(of: entry, salt: salt, to: &heads)
            ends.append(heads.count)
        }
        do throws(SystemFault) {
            let written = try write(entries, ends)
            if isSynced { guard fdatasync(descriptor) == 0 else { throw SystemFault("sync", path) } }
            byteCount += written
            lastIndex = entries.last?.index ?? lastIndex
        } catch {
            ftruncate(descriptor, off_t(byteCount))
            lseek(descriptor, off_t(byteCount), SEEK_SET)
            throw error
        }
    }

    private func write(_ entries: ArraySlice<JournalEntry>, _ ends: [Int]) throws(SystemFault) -> Int {
        var code: Int32 = 0
        let total = heads.withUnsafeBytes { heads in
            Self.zeros.withUnsafeBytes { zeros in
                var pieces: [iovec] = []
                pieces.reserveCapacity(3 * entries.count)
                var total = 0
                func add(_ bytes: UnsafeRawBufferPointer) {
                    guard bytes.count > 0 else { return }
                    pieces.append(
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
                    total += bytes.count
                }
                var start = 0
                for (entry, end) in zip(entries, ends) {
                    add(UnsafeRawBufferPointer(rebasing: heads[start..<end]))
                    start = end
                    guard let block = entry.unroll?.block else { continue }
                    add(block)
                    add(UnsafeRawBufferPointer(rebasing: zeros[..<JournalRecord.padding(block.count)]))
                }
                code = writeAll(&pieces)
                return total
            }
        }
        guard code == 0 else { throw SystemFault("write", path, code: code) }
        return total
    }

    /// - Returns: 0, or the error's number.
    private func writeAll(_ pieces: inout [iovec]) -> Int32 {
        var first = 0
        while first < pieces.count {
            let count = pieces.withUnsafeBufferPointer {
                writev(descriptor, $0.baseAddress! + first, Int32($0.count - first))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : ENOSPC }
            var left = count
            while left > 0 {
                let length = pieces[first].iov_len
                guard left < length else {
                    left -= length
                    first += 1
                    continue
                }
                pieces[first].iov_base += left
                pieces[first].iov_len -= left
                left = 0
            }
        }
        return 0
    }
}
