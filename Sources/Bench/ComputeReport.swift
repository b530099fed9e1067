/// What a bench found.
package struct ComputeReport: Sendable, Encodable {
    package var peaks: [ProductPeak]
    package var training: [TrainingEntry]
    package var acting: [ActingEntry]
}

/// A joint training step: forward, backward, Adam.
package struct TrainingEntry: Sendable, Encodable {
    package let model: String
    package let rows: Int
    package let threads: Int
    package let milliseconds: Timing
    package let samplesPerSecond: Double
    /// Of the step's products.
    package let gflop: Double
    package let gflopPerSecond: Double
    /// Of the machine's product peak on as many threads, measured in the same run.
    package let shareOfPeak: Double
    /// nil where the program cannot count.
    package let allocations: AllocationCounts?
    package let kernels: [String]

    init(
        model: String, rows: Int, threads: Int, times: Timing, operations: Int, peak: Double, allocations: AllocationCounts?,
        kernels: [String]
    ) {
        (self.model, self.rows, self.threads, milliseconds) = (model, rows, threads, times)
        samplesPerSecond = 1000 * Double(rows) / times.median
        gflop = 1e-9 * Double(operations)
        gflopPerSecond = 1000 * gflop / times.median
        shareOfPeak = gflopPerSecond / peak
        (self.allocations, self.kernels) = (allocations, kernels)
    }

    package var line: String {
        "\(model) ×\(rows), \(threads) thread\(threads == 1 ? "" : "s"): \(milliseconds.median.text(2)) ms, "
            + "\(samplesPerSecond.text(0)) samples/s, \(gflop.text(3)) GFLOP at \(gflopPerSecond.text(0)) GFLOP/s, "
            + "\((100 * shareOfPeak).text(0)) % of the peak" + allocations.text
    }
}

/// A forward step of the policy alone, on one thread.
package struct ActingEntry: Sendable, Encodable {
    package let model: String
    package let rows: Int
    package let microseconds: Timing
    package let samplesPerSecond: Double
    package let allocations: AllocationCounts?

    init(model: String, rows: Int, times: Timing, allocations: AllocationCounts?) {
        (self.model, self.rows, self.allocations) = (model, rows, allocations)
        microseconds = Timing(minimum: 1000 * times.minimum, median: 1000 * times.median, maximum: 1000 * times.maximum, count: times.count)
        samplesPerSecond = 1000 * Double(rows) / times.median
    }

    package var line: String {
        "\(model) acting ×\(rows): \(microseconds.median.text(1)) µs, \(samplesPerSecond.text(0)) samples/s" + allocations.text
    }
}

extension AllocationCounts? {
    fileprivate var text: String { map { ", allocations: \($0.own) ours, \($0.libraries) libraries'" } ?? "" }
}

extension Double {
    /// With some digits after the point.
    fileprivate func text(_ digits: Int) -> String {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let rounded = (self * factor).rounded() / factor
        return digits == 0 ? String(Int(rounded)) : String(rounded)
    }
}
