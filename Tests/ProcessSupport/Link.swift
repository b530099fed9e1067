import CStarlingSystemCalls
import Foundation
import Synchronization

/// A cable between two hosts, which can be bad: a thread of this process carries the packets from the tunnel of one to the
/// tunnel of the other and delays, loses, reorders and cuts as it is told.
///
/// It does what `tc netem` does, on kernels without it, with random numbers of its own, and in one direction if wanted.
package final class Link: Sendable {
    /// What happens to packets of one direction.
    package struct Quality: Sendable, Hashable {
        package var delaySeconds = 0.0
        /// Share of packets that are lost; 1 is a cut cable.
        package var lossShare = 0.0
        /// Share of packets that overtake the delay of those before them.
        package var overtakingShare = 0.0
        /// 0: any.
        package var bytesPerSecond = 0.0

        package init(delay: Double = 0, loss: Double = 0, overtaking: Double = 0, megabits: Double = 0) {
            delaySeconds = delay
            lossShare = loss
            overtakingShare = overtaking
            bytesPerSecond = megabits * 125_000
        }

        package static let perfect = Quality()
        package static let cut = Quality(loss: 1)
    }

    /// Address of the first host on this link, and of the second.
    package let addresses: (first: String, second: String)
    private let carrier: Carrier

    /// - Parameter number: of the link, below 16,384: its addresses are 10.77.x.y.
    /// - Throws: `Missing` when tunnels can't be made.
    package init(between first: Machine, and second: Machine, number: Int, seed: UInt64 = 1) throws {
        let base = UInt32(0x0A4D_0000) + UInt32(number) * 4
        func text(_ address: UInt32) -> String {
            [24, 16, 8, 0].map { "\((address >> $0) & 255)" }.joined(separator: ".")
        }
        func tunnel(_ own: UInt32, _ peer: UInt32) -> @Sendable () throws -> Int32 {
            {
                let descriptor = starling_network_tunnel("link\(number)", own, peer, 1500)
                guard descriptor < 0 else { return descriptor }
                throw Missing("can't make a tunnel (\(String(cString: strerror(-descriptor)))): root with /dev/net/tun may")
            }
        }
        addresses = (text(base + 1), text(base + 2))
        let one = try first.run(tunnel(base + 1, base + 2))
        let other: Int32
        do { other = try second.run(tunnel(base + 2, base + 1)) } catch {
            close(one)
            throw error
        }
        carrier = Carrier(one, other, seed: seed)
        let thread = Thread { [carrier] in carrier.serve() }
        thread.name = "link \(number)"
        thread.start()
    }

    deinit { carrier.end() }

    /// Changes what happens to packets from now on; those under way arrive as they were going to.
    package func set(fromFirst: Quality, fromSecond: Quality) { carrier.set(fromFirst, fromSecond) }
    package func set(_ both: Quality) { set(fromFirst: both, fromSecond: both) }
}
