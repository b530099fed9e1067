import StarlingCompute

/// What `starling bench compute` found.
package struct ComputeReport: Sendable, Encodable {
    /// Of the JSON object that `JSONEncoder.forReports()` makes of it.
    package let format = 1
    /// Processor, instruction set and library.
    package let device: String
    package var peaks: [ProductPeak] = []
    package var training: [TrainingEntry] = []
    package var acting: [ActingEntry] = []

    init(device: String) { self.device = device }
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
    /// The machine's product peak on as many threads, measured in turns with the step.
    package let peak: ProductPeak
    /// The median step's rate over the best and over the median product's.
    package let shareOfPeak: Double
    package let shareOfMedianPeak: Double
    /// nil where nobody counted.
    package let allocations: AllocationCounts?
    package let kernels: [Kernel]

    /// What computes one product or convolution of the step.
    package struct Kernel: Sendable, Encodable {
        package let stage: String
        package let layer: String
        package let kernel: String
        package let gflop: Double
        /// Medians of the candidates, if timing chose.
        package let microseconds: [String: Double]?

        init(_ choice: KernelChoice) {
            (stage, layer, kernel) = ("\(choice.stage)", choice.layer, choice.kernel)
            (gflop, microseconds) = (1e-9 * Double(choice.operations), choice.microseconds)
        }

        var line: String {
            let times = microseconds?.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { "\($0.key) \($0.value.text(1)) µs" }
            return "    \(stage) \(layer): \(kernel)" + (times.map { " (\($0.joined(separator: "; ")))" } ?? "")
        }
    }

    init(
        model: String, rows: Int, times: Timing, operations: Int, peak: ProductPeak, allocations: AllocationCounts?,
        kernels: [KernelChoice]
    ) {
        (self.model, self.rows, threads, milliseconds, self.peak) = (model, rows, peak.threads, times, peak)
        samplesPerSecond = 1000 * Double(rows) / times.median
        gflop = 1e-9 * Double(operations)
        gflopPerSecond = 1000 * gflop / times.median
        shareOfPeak = gflopPerSecond / peak.best
        shareOfMedianPeak = gflopPerSecond / peak.median
        (self.allocations, self.kernels) = (allocations, kernels.map(Kernel.init))
    }

    /// One line, and one for each product.
    package var text: String {
        let line =
            "\(model) ×\(rows), \(threads) thread\(threads == 1 ? "" : "s"): \(milliseconds.median.text(2)) ms, "
            + "\(samplesPerSecond.text(0)) samples/s, \(gflop.text(3)) GFLOP at \(gflopPerSecond.text(0)) GFLOP/s, "
            + "\((100 * shareOfPeak).text(0)) % of the peak (\((100 * shareOfMedianPeak).text(0)) % of its median)" + allocations.text
        return ([line] + kernels.map(\.line)).joined(separator: "\n")
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
        microseconds = times.scaled(by: 1000)
        samplesPerSecond = 1000 * Double(rows) / times.median
    }

    package var line: String {
        "\(model) acting ×\(rows): \(microseconds.median.text(1)) µs, \(samplesPerSecond.text(0)) samples/s" + allocations.text
    }
}

extension AllocationCounts? {
    fileprivate var text: String { map { ", allocations: \($0.own) ours, \($0.libraries) libraries'" } ?? "" }
}
