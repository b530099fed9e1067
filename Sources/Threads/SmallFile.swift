import Glibc

/// Files of a few lines: those of the kernel's /proc and /sys, and of a supervisor's checks.
package enum SmallFile {
    /// The first 4 KiB of a file; nil, and `errno` says why, where it can't be opened.
    package static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// The first line of a file; empty where there is none.
    package static func line(of path: String) -> String { String((text(of: path) ?? "").prefix { !$0.isNewline }) }
}
