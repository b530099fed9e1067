import Foundation

/// A file system of its own, so small that a test fills it in no time. It is gone with this value.
package final class SmallDisk {
    /// Where it hangs.
    package let path: String

    /// - Throws: `Missing` when file systems can't be mounted here.
    package init(at path: String, megabytes: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            throw Missing("can't mount a small file system (\(String(cString: strerror(errno)))): root may")
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Why none can be had here; nil when it can.
    package static let lack: String? = {
        do {
            let scratch = try Scratch()
            _ = try SmallDisk(at: scratch.path("probe"), megabytes: 1)
            return nil
        } catch {
            return "\(error)"
        }
    }()

    private var filler: String { path + "/filler" }

    /// Writes until not a byte more goes in.
    package func fill() {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        defer { close(descriptor) }
        for size in [1 << 20, 4096, 1] {
            let block = [UInt8](repeating: 1, count: size)
            while write(descriptor, block, size) == size {}
        }
    }

    /// Gives the room back.
    package func makeRoom() { unlink(filler) }
}
