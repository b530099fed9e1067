import Foundation

/// What becomes of a line that is looked at again.
package enum LineRevision {
    /// It stays, and so do all before it, which are not looked at.
    case stop
    /// It stays.
    case keep
    /// Its first bytes become these; they must not be longer than it.
    case begin([UInt8])
}

extension LineFile {
    private static let blockByteCount = 64 << 10

    /// Goes through the whole lines from the last to the first and changes them in place. Their lengths stay, so a reader
    /// or a crash meanwhile meets only whole lines, old ones or new ones.
    /// - Parameter verdict: on a line, given without its newline.
    package func revise(_ verdict: (ArraySlice<UInt8>) -> LineRevision) throws(StorageError) {
        do {
            try reviseLines(verdict)
        } catch { throw StorageError(error) }
    }

    private func reviseLines(_ verdict: (ArraySlice<UInt8>) -> LineRevision) throws(SystemFault) {
        // With O_APPEND pwrite would append.
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFault("write", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemFault("read", path) }
        // Bytes of the file from `start` on, up to the end of the line that is next.
        var start = Int(status.st_size)
        var bytes: [UInt8] = []
        while start > 0 || !bytes.isEmpty {
            let newline = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))
            if newline == nil, start > 0 {
                let count = min(Self.blockByteCount, start)
                start -= count
                bytes = try read(count, at: start, from: descriptor) + bytes
                continue
            }
            let first = newline.map { $0 + 1 } ?? 0
            switch verdict(bytes[first..<bytes.count - 1]) {
            case .stop: return
            case .keep: break
            case .begin(let new):
                precondition(new.count < bytes.count - first, "\(new.count) bytes for a line of \(bytes.count - first - 1)")
                guard pwrite(descriptor, new, new.count, start + first) == new.count else { throw SystemFault("write", path) }
            }
            bytes.removeSubrange(first...)
        }
    }

    private func read(_ count: Int, at offset: Int, from descriptor: Int32) throws(SystemFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard pread(descriptor, &bytes, count, offset) == count else { throw SystemFault("read", path) }
        return bytes
    }
}
