import COneDNN
import CStarlingKernels

/// oneDNN's plain product. It allocates inside; ours does not.
enum OneDNN {
    /// Below this number of rows oneDNN takes another path, which rounds a row otherwise than the same row among more
    /// (measured: 16 on AVX-512). Fewer rows are padded.
    static let fewestRows = 16
    /// A last row alone behind whole groups of so many takes another path too (measured on AVX2).
    private static let group = 8

    /// c[rows, columns] = op(a)·op(b), row-major, with strides between rows.
    static func product(
        transposeA: Bool, transposeB: Bool, rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, _ strideA: Int,
        _ b: UnsafePointer<Float>, _ strideB: Int, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
    ) {
        if !transposeA, rows > fewestRows, rows % group == 1 {
            // All rows but the last, and then that one among the rows before it, which come out as they were.
            let first = rows - fewestRows
            product(
                transposeA: false, transposeB: transposeB, rows: rows - 1, columns: columns, depth: depth, a, strideA, b, strideB, c,
                strideC)
            return product(
                transposeA: false, transposeB: transposeB, rows: fewestRows, columns: columns, depth: depth, a + first * strideA,
                strideA, b, strideB, c + first * strideC, strideC)
        }
        starling_use_one_openmp_thread()
        let plain = CChar(UInt8(ascii: "N"))
        let transposed = CChar(UInt8(ascii: "T"))
        let status = dnnl_sgemm(
            transposeA ? transposed : plain, transposeB ? transposed : plain, dnnl_dim_t(rows), dnnl_dim_t(columns),
            dnnl_dim_t(depth), 1, a, dnnl_dim_t(strideA), b, dnnl_dim_t(strideB), 0, c, dnnl_dim_t(strideC))
        precondition(status == dnnl_success, "dnnl_sgemm \(rows)×\(columns)×\(depth) failed with \(status)")
    }
}
