import Glibc

/// Zeroed memory at 64 bytes, freed with its owner.
struct AlignedBuffer: ~Copyable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) throws(ComputeError) {
        // Kernels may read one vector past the end.
        let size = (byteCount + 127) / 64 * 64
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, size) == 0, let pointer else {
            throw ComputeError(.memory, "no memory for \(size) bytes of buffers: use fewer rows or a smaller model")
        }
        memset(pointer, 0, size)
        base = pointer
        self.byteCount = byteCount
    }

    deinit { free(base) }
}
