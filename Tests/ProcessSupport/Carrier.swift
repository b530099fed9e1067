import CStarlingSystemCalls
import Foundation
import Synchronization

/// The thread of a link.
final class Carrier: Sendable {
    private let ends: [Int32]
    private let qualities = Mutex([Link.Quality.perfect, Link.Quality.perfect])
    private let isOver = Atomic(false)
    private let seed: UInt64
    /// Bytes that wait for a slow link at most, as in a small router.
    private static let queueByteCount = 256 * 1024.0

    init(_ first: Int32, _ second: Int32, seed: UInt64) {
        ends = [first, second]
        self.seed = seed
    }

    func set(_ first: Link.Quality, _ second: Link.Quality) { qualities.withLock { $0 = [first, second] } }
    func end() { isOver.store(true, ordering: .relaxed) }

    func serve() {
        var dice = Dice(seed: seed)
        var lanes = [Lane(), Lane()]
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isOver.load(ordering: .relaxed) {
            let next = lanes.compactMap(\.nextArrival).min() ?? .infinity
            let pause = max(0, min(0.1, next - Self.now))
            let readable = starling_network_wait(ends[0], ends[1], Int64(pause * 1e9))
            let quality = qualities.withLock { $0 }
            for side in 0...1 {
                if readable >> side & 1 != 0 { take(from: side, quality[side], &lanes[side], &buffer, &dice) }
                lanes[side].deliver(to: ends[1 - side], at: Self.now)
            }
        }
        for end in ends { close(end) }
    }

    /// Takes what a host sent; at most so many packets that the other direction is not forgotten.
    private func take(
        from side: Int, _ quality: Link.Quality, _ lane: inout Lane, _ buffer: inout [UInt8], _ dice: inout Dice
    ) {
        for _ in 0..<64 {
            let count = read(ends[side], &buffer, buffer.count)
            guard count > 0 else { return }
            if quality.lossShare > 0, dice.share() < quality.lossShare { continue }
            let now = Self.now
            var departure = now
            if quality.bytesPerSecond > 0 {
                let start = max(now, lane.busyUntil)
                guard (start - now) * quality.bytesPerSecond < Self.queueByteCount else { continue }
                departure = start + Double(count) / quality.bytesPerSecond
                lane.busyUntil = departure
            }
            let isOvertaking = quality.overtakingShare > 0 && dice.share() < quality.overtakingShare
            let arrival = departure + (isOvertaking ? 0 : quality.delaySeconds)
            if arrival <= now, lane.isEmpty {
                write(ends[1 - side], buffer, count)
            } else {
                lane.add(Array(buffer[..<count]), arrival: arrival, mayOvertake: isOvertaking)
            }
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Packets of one direction that are under way, in the order of their arrival.
    private struct Lane {
        private var packets: [(bytes: [UInt8], arrival: Double)] = []
        private var first = 0
        var busyUntil = 0.0

        var isEmpty: Bool { first == packets.count }
        var nextArrival: Double? { isEmpty ? nil : packets[first].arrival }

        mutating func add(_ bytes: [UInt8], arrival: Double, mayOvertake: Bool) {
            var arrival = arrival
            // A delay that shrinks reorders nothing.
            if !mayOvertake, let last = packets.last, !isEmpty { arrival = max(arrival, last.arrival) }
            var place = packets.count
            while place > first, packets[place - 1].arrival > arrival { place -= 1 }
            packets.insert((bytes, arrival), at: place)
        }

        mutating func deliver(to end: Int32, at now: Double) {
            while !isEmpty, packets[first].arrival <= now {
                write(end, packets[first].bytes, packets[first].bytes.count)
                packets[first].bytes = []
                first += 1
            }
            if first > 1024 || isEmpty {
                packets.removeSubrange(..<first)
                first = 0
            }
        }
    }
}
