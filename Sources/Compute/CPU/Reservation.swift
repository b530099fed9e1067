/// Hands out aligned places in a buffer that is allocated afterwards.
struct Reservation {
    private(set) var byteCount = 0
    /// Places given back, and their sizes.
    private var free: [(offset: Int, size: Int)] = []

    /// Kernels may read 60 bytes past the end of a value.
    static func padded(_ bytes: Int) -> Int { (bytes + 60 + 63) / 64 * 64 }

    mutating func take(_ bytes: Int) -> Int {
        let size = Self.padded(bytes)
        if let index = free.indices.filter({ free[$0].size >= size }).min(by: { free[$0].size < free[$1].size }) {
            let place = free.remove(at: index)
            if place.size > size { free.append((place.offset + size, place.size - size)) }
            return place.offset
        }
        defer { byteCount += size }
        return byteCount
    }

    mutating func giveBack(_ offset: Int, _ bytes: Int) { free.append((offset, Self.padded(bytes))) }

    /// Everything is free again; the size stays.
    mutating func restart() {
        let size = byteCount
        free = size > 0 ? [(0, size)] : []
    }
}
