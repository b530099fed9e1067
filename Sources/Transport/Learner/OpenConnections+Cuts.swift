import Glibc
package import StarlingThreads
import StarlingZeroMQ

/// Connections that have to go: libzmq can't be asked to end one. Each is ended only while it is still the one that was
/// meant, and stays in the table until libzmq tells that it is gone.
extension OpenConnections {
    /// What was said to somebody gets out in this time.
    private static let partingSeconds = 0.2
    /// Seconds between looks for endless messages while there always are finished ones to take.
    private static let busyLookSeconds = 0.5

    /// Ends a connection now: nothing was said to it.
    mutating func cut(_ descriptor: Int32) {
        part(descriptor)
        shut(descriptor)
    }

    /// Ends a connection as soon as what was said last is out.
    mutating func cutSoon(_ connection: Connection, at now: Deadline) {
        guard let descriptor = descriptor(of: connection), let entry = entries[descriptor], !entry.isParting else { return }
        part(descriptor)
        parting.append((now.advanced(seconds: Self.partingSeconds), descriptor, entry.number))
    }

    /// Ends those whose time has come.
    mutating func cutParting(_ now: Deadline) {
        while let next = parting.first, now >= next.at {
            _ = parting.popFirst()
            if entries[next.descriptor]?.number == next.number { shut(next.descriptor) }
        }
    }

    /// Who has said nothing for so long, a handshake's time among it, has no HELLO to say: that follows at once.
    static let silentSeconds = ZeroMQOptions.handshakeSeconds + 5

    /// Cuts those that are silent for long, and the oldest silent ones if there are too many.
    /// - Returns: how many.
    package mutating func cutSilent(_ now: Deadline) -> Int {
        var count = 0
        while let oldest = newcomers.first, silentCount > silentLimit || now.seconds(since: oldest.since) > Self.silentSeconds {
            _ = newcomers.popFirst()
            guard isSilent(oldest) else { continue }
            cut(oldest.descriptor)
            count += 1
        }
        if newcomers.count > 4 * (silentLimit + entries.count) { forgetOld() }
        return count
    }

    /// Marks that a connection has to go.
    private mutating func part(_ descriptor: Int32) {
        guard let entry = entries[descriptor], !entry.isParting else { return }
        if entry.connection == nil { silentCount -= 1 }
        entries[descriptor]!.isParting = true
    }

    private func shut(_ descriptor: Int32) {
        guard let address = entries[descriptor]?.address, Self.peer(of: descriptor) == address else { return }
        TCPConnection.cut(descriptor)
    }

    /// Whether a connection has said nothing, as far as is known.
    package func isSilent(_ descriptor: Int32) -> Bool { entries[descriptor].map { $0.connection == nil && !$0.isParting } ?? false }

    private func isSilent(_ newcomer: Newcomer) -> Bool {
        entries[newcomer.descriptor]?.number == newcomer.number && isSilent(newcomer.descriptor)
    }

    private mutating func forgetOld() {
        var kept = Queue<Newcomer>()
        while let next = newcomers.popFirst() { if isSilent(next) { kept.append(next) } }
        newcomers = kept
    }

    // MARK: Messages that never end

    /// Milliseconds that may pass before the next look.
    var patience: Int {
        if !parting.isEmpty { return 20 }
        if entries.isEmpty { return 250 }
        return hasSuspects ? 10 : 50
    }

    /// Connections with an unfinished message that is larger than any may be. Looks a few dozen times a second, less often
    /// where there are many connections or always more messages.
    /// - Parameters:
    ///   - limit: bytes of the largest message of somebody who was heard before.
    ///   - untaken: finished messages of a connection that may be there and not taken yet.
    mutating func excessive(limit: UInt64, untaken: UInt64, at now: Deadline) -> [Int32] {
        guard now >= (untaken == 0 ? nextLook : nextBusyLook) else { return [] }
        nextLook = now.advanced(seconds: max(UnfinishedMessage.lookSeconds, 1e-4 * Double(entries.count)))
        nextBusyLook = now.advanced(seconds: Self.busyLookSeconds)
        var excessive: [Int32] = []
        hasSuspects = false
        // By index: in place, where a loop over the entries would make each look copy them all.
        for index in entries.indices where !entries.values[index].isParting {
            let largest = entries.values[index].connection == nil ? UnfinishedMessage.smallByteCount : limit
            if entries.values[index].unfinished.isExcessive(limit: largest * (untaken + 1)) { excessive.append(entries.keys[index]) }
            if entries.values[index].unfinished.isSuspect { hasSuspects = true }
        }
        return excessive
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
        let name = text(host)
        return name.contains(":") ? "[\(name)]:\(text(service))" : "\(name):\(text(service))"
    }
}
