import StarlingExperience

/// What `starling bench transport` found.
package struct TransportReport: Sendable, Encodable {
    /// Of the JSON object that `JSONEncoder.forReports()` makes of it.
    package let format = 1
    package let transport: [TransportEntry]

    package init(_ entries: [TransportEntry]) { transport = entries }
}

/// What one measurement of the transport bench found.
package struct TransportEntry: Sendable, Encodable {
    package var shape: String
    package var curve: Bool
    package var journal: String
    package var compression: String
    package var actors: Int
    /// Bytes of an unroll's block.
    package var unrollBytes: Int
    package var unrollsPerSecond: Double
    /// Of blocks, 10⁶ bytes.
    package var megabytesPerSecond: Double
    /// CPU seconds of the process for 10⁹ bytes of blocks.
    package var learnerSecondsPerGigabyte: Double
    package var actorSecondsPerGigabyte: Double
    /// Bytes on the wire for a byte of block.
    package var wireShare: Double
    /// From an unroll's sending over its check and its fate to the credit for the next, alone on the wire.
    package var roundTripMicroseconds: Percentiles?
    /// Both equations of the ledger hold, and nothing was invalid or came twice.
    package var isLedgerClean: Bool

    package struct Percentiles: Sendable, Encodable {
        package var p50: Double
        package var p99: Double
        package var count: Int

        /// Nil of nothing.
        package init?(_ samples: [Double]) {
            guard !samples.isEmpty else { return nil }
            let sorted = samples.sorted()
            p50 = samples.median
            p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
            count = sorted.count
        }
    }

    package init(
        _ shape: TransportShape, curve: Bool, journal: String, compression: String, actors: Int,
        window: TransportReceiver.Window, trips: [Double], isLedgerClean: Bool
    ) {
        let bytes = Double(window.unrolls) * Double(shape.layout.byteCount)
        self.shape = shape.rawValue
        (self.curve, self.journal, self.compression, self.actors) = (curve, journal, compression, actors)
        unrollBytes = shape.layout.byteCount
        unrollsPerSecond = Double(window.unrolls) / window.seconds
        megabytesPerSecond = bytes / window.seconds / 1e6
        learnerSecondsPerGigabyte = window.learnerSeconds / bytes * 1e9
        actorSecondsPerGigabyte = window.actorSeconds / bytes * 1e9
        wireShare = Double(window.bytes) / bytes
        roundTripMicroseconds = Percentiles(trips)
        self.isLedgerClean = isLedgerClean
    }

    package var line: String {
        let trip = roundTripMicroseconds.map { ", round trip \($0.p50.rounded()) µs (p99 \($0.p99.rounded()) µs)" } ?? ""
        return
            "\(shape), CURVE \(curve ? "on" : "off"), journal \(journal), compression \(compression): "
            + "\(Int(unrollsPerSecond)) unrolls/s, \(Int(megabytesPerSecond)) MB/s, CPU-s per GB \(learnerSecondsPerGigabyte.hundredths) learner and \(actorSecondsPerGigabyte.hundredths) actor\(trip)"
            + (isLedgerClean ? "" : "; THE LEDGER IS NOT CLEAN")
    }
}

extension Double {
    fileprivate var hundredths: Double { (self * 100).rounded() / 100 }
}
