import Glibc
import StarlingThreads

/// The TCP connections of a learner's port by their descriptors, which libzmq owns: to tell whose they were, to see
/// that those who never say who they are don't use up all descriptors, and to cut one off.
struct OpenConnections {
    struct Entry {
        /// IP address and port of the other end; nil: it was gone before it could be asked.
        let address: String?
        fileprivate let number: UInt64
        /// What it said HELLO or PROBE on; nil: it has said neither.
        var connection: Connection?
        var user: Gate.User?
    }

    /// Connections that may be open without having said who they are.
    let silentLimit: Int
    private var entries: [Int32: Entry] = [:]
    /// Those that are silent, oldest first, and those that were.
    private var newcomers = Queue<(descriptor: Int32, number: UInt64)>()
    private var silentCount = 0
    private var nextNumber: UInt64 = 0

    /// - Parameter files: the number of descriptors this process may have.
    init(files: UInt64) { silentLimit = Int(min(1024, max(16, files / 4))) }

    /// A peer connected.
    mutating func open(_ descriptor: Int32) {
        _ = close(descriptor)
        nextNumber += 1
        entries[descriptor] = Entry(address: Self.peer(of: descriptor), number: nextNumber, connection: nil, user: nil)
        newcomers.append((descriptor, nextNumber))
        silentCount += 1
    }

    /// A connection is gone.
    mutating func close(_ descriptor: Int32) -> Entry? {
        guard let entry = entries.removeValue(forKey: descriptor) else { return nil }
        if entry.connection == nil { silentCount -= 1 }
        return entry
    }

    /// A connection has said who it is.
    mutating func identify(_ descriptor: Int32, _ connection: Connection, _ user: Gate.User?) {
        guard let entry = entries[descriptor] else { return }
        if entry.connection == nil { silentCount -= 1 }
        entries[descriptor]!.connection = connection
        entries[descriptor]!.user = user
    }

    /// Cuts the oldest silent ones if there are too many.
    /// - Returns: how many.
    mutating func cutSurplus() -> Int {
        var count = 0
        while silentCount > silentLimit, let oldest = newcomers.popFirst() {
            guard let entry = entries[oldest.descriptor], entry.number == oldest.number, entry.connection == nil else {
                continue
            }
            Self.cut(oldest.descriptor, entry)
            _ = close(oldest.descriptor)
            count += 1
        }
        if newcomers.count > 4 * (silentLimit + entries.count) { forgetOld() }
        return count
    }

    /// The connections of those who may no longer be here.
    func unwanted(_ isWanted: (Gate.User) -> Bool) -> [(descriptor: Int32, entry: Entry)] {
        entries.compactMap { descriptor, entry in
            guard let user = entry.user, !isWanted(user) else { return nil }
            return (descriptor, entry)
        }
    }

    /// Ends a connection, if it is still the same: libzmq can't be asked to.
    static func cut(_ descriptor: Int32, _ entry: Entry) {
        guard let address = entry.address, peer(of: descriptor) == address else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private mutating func forgetOld() {
        var kept = Queue<(descriptor: Int32, number: UInt64)>()
        while let next = newcomers.popFirst() {
            if let entry = entries[next.descriptor], entry.number == next.number, entry.connection == nil { kept.append(next) }
        }
        newcomers = kept
    }

    /// `address:port` of a socket's other end; nil when it has none.
    static func peer(of descriptor: Int32) -> String? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getpeername(descriptor, address, &size) == 0 else { return Int32(-1) }
                return getnameinfo(
                    address, size, &host, socklen_t(host.count), &service, socklen_t(service.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard code == 0 else { return nil }
        func text(_ characters: [CChar]) -> String {
            String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return "\(text(host)):\(text(service))"
    }
}
