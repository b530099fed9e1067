import Foundation
import Logging
import StarlingBench
import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite struct TransportBenchTests {
    private static func block(_ shape: TransportShape) -> UnrollBlock {
        let block = UnrollBlock(byteCount: shape.layout.byteCount)
        shape.fill(block)
        return block
    }

    @Test(arguments: TransportShape.allCases) func whatIsSentPassesAllChecks(_ shape: TransportShape) throws {
        let block = Self.block(shape)
        #expect(UnrollCheck.fault(in: UnrollView(shape.layout, block.base), []) == nil)
        #expect(try shape.offer(isRoundTrip: false).layout == shape.layout)
        #expect(shape.environment.name == "bench-\(shape.rawValue)")
    }

    @Test func noiseIsNotCompressedAndDrawingsAre() {
        func share(_ shape: TransportShape) -> Double {
            let block = Self.block(shape)
            let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * block.byteCount, alignment: 64)
            defer { target.deallocate() }
            let count = BlockCompressor().compress(block.bytes, into: target) ?? .max
            return Double(count) / Double(block.byteCount)
        }
        #expect(share(.image) > 0.95)
        #expect(share(.drawing) < 0.25)
    }

    @Test func unrollsAreTakenAndSettledBatchByBatch() throws {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: logger)
        var batches = 0
        var position: UInt64 = 0
        let receiver = TransportReceiver(link, try TransportShape.vector.offer(isRoundTrip: true)) { books in
            batches += 1
            position = books().position
        }
        let (endpoint, quiet) = (link.endpoint, logger)
        let trips = Trips()
        let actor = NamedThread("sender") {
            guard
                let link = try? ZeroMQActorLink(
                    learner: endpoint, offer: TransportSender.offer(.vector, "a"), giveUpAfter: 10, logger: quiet)
            else { return }
            trips.microseconds = (try? TransportSender(link, .vector).run()) ?? []
        }
        let window = receiver.receive(warmUp: 0.1, seconds: 0.3, actors: [])
        let ledger = receiver.finish()
        actor.join()
        #expect(window.unrolls > 0 && window.bytes > 0 && window.learnerSeconds > 0 && window.seconds >= 0.3)
        #expect(ledger.isBalanced && ledger.invalid == 0 && ledger.trained == UInt64(batches))
        // Joining is an entry of its own.
        #expect(position >= UInt64(batches))
        // One at a time; the first has none before it.
        #expect(trips.microseconds.count + 1 >= batches && trips.microseconds.allSatisfy { $0 > 0 })
    }

    /// What another thread sets before it ends.
    private final class Trips: @unchecked Sendable {
        var microseconds: [Double] = []
    }

    private static func entry(trips: [Double]) -> TransportEntry {
        var window = TransportReceiver.Window()
        (window.unrolls, window.seconds, window.learnerSeconds, window.actorSeconds) = (1000, 2, 0.5, 0.25)
        window.bytes = UInt64(1000 * TransportShape.vector.layout.byteCount / 2)
        return TransportEntry(
            .vector, curve: true, journal: "os", compression: "lz4", actors: 3, window: window, trips: trips, isLedgerClean: true)
    }

    @Test func theQuotientsFollowFromTheWindow() {
        let entry = Self.entry(trips: (1...200).map(Double.init))
        let megabytes = Double(1000 * TransportShape.vector.layout.byteCount) / 1e6
        #expect(entry.unrollsPerSecond == 500 && abs(entry.megabytesPerSecond - megabytes / 2) < 1e-9)
        #expect(abs(entry.learnerSecondsPerGigabyte - 500 / megabytes) < 1e-9)
        #expect(abs(entry.actorSecondsPerGigabyte - 250 / megabytes) < 1e-9)
        #expect(abs(entry.wireShare - 0.5) < 1e-3)
        #expect(entry.roundTripMicroseconds?.p50 == 100.5 && entry.roundTripMicroseconds?.p99 == 199)
        #expect(entry.line.contains("CURVE on, journal os, compression lz4"))
    }

    @Test func theJSONHasWhatReadersLookFor() throws {
        let data = try JSONEncoder.forReports().encode(TransportReport([Self.entry(trips: [1])]))
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(object.keys) == ["format", "transport"])
        let entry = try #require((object["transport"] as? [[String: Any]])?.first)
        #expect(
            Set(entry.keys) == [
                "shape", "curve", "journal", "compression", "actors", "unroll_bytes", "unrolls_per_second", "megabytes_per_second",
                "learner_seconds_per_gigabyte", "actor_seconds_per_gigabyte", "wire_share", "round_trip_microseconds",
                "is_ledger_clean",
            ])
        #expect(entry["curve"] as? Bool == true && entry["journal"] as? String == "os")
    }
}
