private import COneDNN
private import CStarlingKernels
private import StarlingThreads

/// The most floating-point operations per second that a plain product reaches on this machine, now.
package struct ProductPeak: Hashable, Sendable, Encodable {
    package let threads: Int
    /// GFLOP/s of our product, 960×512×512 per thread.
    package let own: Double
    /// GFLOP/s of `dnnl_sgemm`, 2048×2048×2048 cut by rows.
    package let oneDNN: Double

    package var best: Double { max(own, oneDNN) }

    static func measure(threads: Int) -> ProductPeak {
        let team = WorkerTeam(count: threads, name: "peak")
        let own = best(team, Matrices(threads: threads, rows: 960, depth: 512, columns: 512), repeats: 60) { context, worker in
            let m = context.assumingMemoryBound(to: Matrices.self).pointee
            starling_product(m.a(worker), m.b, m.columns, nil, nil, m.c(worker), m.rows, m.depth, m.columns, STARLING_AFTER_NOTHING)
        }
        let library = best(team, Matrices(threads: threads, rows: 2048 / threads, depth: 2048, columns: 2048), repeats: 6) { context, worker in
            let m = context.assumingMemoryBound(to: Matrices.self).pointee
            starling_use_one_openmp_thread()
            let plain = CChar(UInt8(ascii: "N")), (k, n) = (dnnl_dim_t(m.depth), dnnl_dim_t(m.columns))
            _ = dnnl_sgemm(plain, plain, dnnl_dim_t(m.rows), n, k, 1, m.a(worker), k, m.b, n, 0, m.c(worker), n)
        }
        return ProductPeak(threads: threads, own: own, oneDNN: library)
    }

    private static func best(_ team: WorkerTeam, _ matrices: Matrices, repeats: Int, _ body: WorkerTeam.Body) -> Double {
        var matrices = matrices
        defer { matrices.free() }
        var shortest = Double.infinity
        for _ in 0..<repeats {
            shortest = min(shortest, Timing.measure { withUnsafeMutablePointer(to: &matrices) { team.run(UnsafeMutableRawPointer($0), body) } })
        }
        return 2e-9 * Double(matrices.rows * matrices.depth * matrices.columns * team.count) / shortest
    }

    /// One b for all workers, an a and a c for each.
    private struct Matrices {
        let rows: Int
        let depth: Int
        let columns: Int
        private let storage: UnsafeMutablePointer<Float>

        init(threads: Int, rows: Int, depth: Int, columns: Int) {
            (self.rows, self.depth, self.columns) = (rows, depth, columns)
            let count = depth * columns + threads * rows * (depth + columns) + 64
            storage = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64).assumingMemoryBound(to: Float.self)
            for index in 0..<count { storage[index] = Float(index % 17) - 8 }
        }

        var b: UnsafeMutablePointer<Float> { storage }
        func a(_ worker: Int) -> UnsafeMutablePointer<Float> { storage + depth * columns + worker * rows * (depth + columns) }
        func c(_ worker: Int) -> UnsafeMutablePointer<Float> { a(worker) + rows * depth }
        func free() { UnsafeMutableRawPointer(storage).deallocate() }
    }
}
