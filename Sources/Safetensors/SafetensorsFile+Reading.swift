import Glibc

extension SafetensorsFile {
    /// Reads a file of any machine's.
    /// - Throws: what is wrong, with the path: there is no such file, it can't be read, or it is no safetensors file.
    package init(reading path: String) throws(SafetensorsError) {
        let bytes = try Self.bytes(of: path)
        do {
            try self.init(decoding: bytes)
        } catch {
            throw SafetensorsError(error.code, "\(path): \(error.message)")
        }
    }

    private static func bytes(of path: String) throws(SafetensorsError) -> [UInt8] {
        func fault() -> SafetensorsError {
            guard errno != ENOENT else { return SafetensorsError(.absent, "there is no file \(path)") }
            return SafetensorsError(.unreadable, "\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw fault() }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw fault() }
        let size = Int(status.st_size)
        var (isRead, code) = (true, Int32(0))
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let part = read(file, buffer.baseAddress! + count, size - count)
                if part < 0, errno == EINTR { continue }
                if part < 0 { (isRead, code) = (false, errno) }
                guard part > 0 else { return }
                count += part
            }
        }
        guard isRead else {
            errno = code
            throw fault()
        }
        return bytes
    }
}
