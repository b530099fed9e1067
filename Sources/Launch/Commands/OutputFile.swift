import Foundation

/// A file that a person names for what a command makes. Its folder is theirs to make: a name that was mistyped makes none.
enum OutputFile {
    /// Tells before there is anything to write that it can't be written.
    static func check(_ path: String) throws(CommandError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().relativePath
        if let fault = fault(path, in: folder) { throw CommandError("\(path) can't be written: \(fault)") }
    }

    private static func fault(_ path: String, in folder: String) -> String? {
        guard let kind = self.kind(of: folder) else { return "there is no folder \(folder); mkdir -p \(folder)" }
        guard kind == .directory else { return "\(folder) is no folder" }
        let own = self.kind(of: path)
        if own == .directory { return "it is a folder; name a file in it" }
        if own != nil, access(path, W_OK) != 0 { return "it may not be changed" }
        if own != .device, access(folder, W_OK) != 0 { return "nothing may be written into \(folder)" }
        return nil
    }

    private enum Kind { case directory, file, device }

    private static func kind(of path: String) -> Kind? {
        var state = stat()
        guard stat(path, &state) == 0 else { return nil }
        switch state.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return .file
        default: return .device
        }
    }

    /// - Returns: the path.
    static func write(_ bytes: [UInt8], to path: String) throws -> String {
        try check(path)
        do {
            // Whole or not at all; but what isn't a file, such as /dev/stdout, has to stay what it is.
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: kind(of: path) == .device ? [] : .atomic)
        } catch {
            throw CommandError("\(path) can't be written: \((error as NSError).localizedDescription)")
        }
        return path
    }
}
