/// The floating-point operations per second that plain products reach on this machine, in GFLOP/s.
package struct ProductPeak: Hashable, Sendable, Encodable {
    package let threads: Int
    /// Our product, 960×512×512 per thread.
    package let own: Rate
    /// `dnnl_sgemm`, 2048×1024×1024 cut by rows.
    package let oneDNN: Rate

    /// Best and median of repeated runs.
    package struct Rate: Hashable, Sendable, Encodable {
        package let best: Double
        package let median: Double

        init(operations: Double, seconds: [Double]) {
            best = 1e-9 * operations / seconds.min()!
            median = 1e-9 * operations / seconds.median
        }
    }

    package var best: Double { max(own.best, oneDNN.best) }
    package var median: Double { max(own.median, oneDNN.median) }

    package var line: String {
        "product peak, \(threads) thread\(threads == 1 ? "" : "s"): \(best.text(0)) GFLOP/s at best, median \(median.text(0)) "
            + "(ours \(own.best.text(0)) / \(own.median.text(0)), oneDNN \(oneDNN.best.text(0)) / \(oneDNN.median.text(0)))"
    }
}
