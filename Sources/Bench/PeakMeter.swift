private import COneDNN
private import CStarlingKernels
private import StarlingThreads

/// Measures the product peak in short turns between other measurements.
final class PeakMeter {
    let threads: Int
    private let team: WorkerTeam
    private var small: Matrices
    private var large: Matrices
    /// Seconds of all runs; the recent ones from an index on.
    private var own: [Double] = []
    private var library: [Double] = []
    private var first = (own: 0, library: 0)

    init(threads: Int) {
        self.threads = threads
        team = WorkerTeam(count: threads, name: "peak")
        small = Matrices(threads: threads, rows: 960, depth: 512, columns: 512)
        large = Matrices(threads: threads, rows: 2048 / threads, depth: 1024, columns: 1024)
    }

    deinit {
        small.free()
        large.free()
    }

    /// From here on runs are recent.
    func restart() { first = (own.count, library.count) }

    /// One turn: about ten milliseconds of each product, the first run of each not counted.
    func run() {
        for round in 0..<8 {
            let seconds = time(&small) { context, worker in
                let m = context.assumingMemoryBound(to: Matrices.self).pointee
                starling_product(m.a(worker), m.b, m.columns, nil, nil, m.c(worker), m.rows, m.depth, m.columns, STARLING_AFTER_NOTHING)
            }
            if round > 0 { own.append(seconds) }
        }
        for round in 0..<3 {
            let seconds = time(&large) { context, worker in
                let m = context.assumingMemoryBound(to: Matrices.self).pointee
                starling_use_one_openmp_thread()
                let plain = CChar(UInt8(ascii: "N"))
                let (k, n) = (dnnl_dim_t(m.depth), dnnl_dim_t(m.columns))
                _ = dnnl_sgemm(plain, plain, dnnl_dim_t(m.rows), n, k, 1, m.a(worker), k, m.b, n, 0, m.c(worker), n)
            }
            if round > 0 { library.append(seconds) }
        }
    }

    /// Of all runs.
    var peak: ProductPeak { peak(own[...], library[...]) }
    /// Of the runs since `restart`.
    var recent: ProductPeak { peak(own[first.own...], library[first.library...]) }

    private func peak(_ own: ArraySlice<Double>, _ library: ArraySlice<Double>) -> ProductPeak {
        ProductPeak(
            threads: threads, own: ProductPeak.Rate(operations: small.operations, seconds: Array(own)),
            oneDNN: ProductPeak.Rate(operations: large.operations, seconds: Array(library)))
    }

    private func time(_ matrices: inout Matrices, _ body: WorkerTeam.Body) -> Double {
        Timing.measure { withUnsafeMutablePointer(to: &matrices) { team.run(UnsafeMutableRawPointer($0), body) } }
    }

    /// One b for all workers, an a and a c for each.
    private struct Matrices {
        let threads: Int
        let rows: Int
        let depth: Int
        let columns: Int
        private let storage: UnsafeMutablePointer<Float>

        init(threads: Int, rows: Int, depth: Int, columns: Int) {
            (self.threads, self.rows, self.depth, self.columns) = (threads, rows, depth, columns)
            let count = depth * columns + threads * rows * (depth + columns) + 64
            storage = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64).assumingMemoryBound(to: Float.self)
            for index in 0..<count { storage[index] = Float(index % 17) - 8 }
        }

        /// Of one run of all workers.
        var operations: Double { 2 * Double(threads * rows * depth * columns) }
        var b: UnsafeMutablePointer<Float> { storage }
        func a(_ worker: Int) -> UnsafeMutablePointer<Float> { storage + depth * columns + worker * rows * (depth + columns) }
        func c(_ worker: Int) -> UnsafeMutablePointer<Float> { a(worker) + rows * depth }
        func free() { UnsafeMutableRawPointer(storage).deallocate() }
    }
}
