/// Numbers in rows, row-major.
package struct Matrix: Sendable, Equatable {
    package let columns: Int
    package let values: [Float]  // [rows, columns]

    /// - Precondition: whole rows of at least one number.
    package init(columns: Int, _ values: [Float]) {
        precondition(columns > 0 && values.count % columns == 0, "\(values.count) numbers are no rows of \(columns)")
        self.columns = columns
        self.values = values
    }

    package var rows: Int { values.count / columns }

    /// From the least number to the largest; nil without any.
    var range: ClosedRange<Float>? {
        guard var (least, largest) = values.first.map({ ($0, $0) }) else { return nil }
        for value in values { (least, largest) = (min(least, value), max(largest, value)) }
        return least...largest
    }

    subscript(row: Int, column: Int) -> Double { Double(values[row * columns + column]) }

    /// These rows, in this order.
    func rows(_ indices: some Sequence<Int>) -> Matrix {
        Matrix(columns: columns, indices.flatMap { values[$0 * columns..<($0 + 1) * columns] })
    }

    /// These columns, in this order.
    func columns(_ indices: [Int]) -> Matrix {
        Matrix(columns: indices.count, (0..<rows).flatMap { row in indices.map { values[row * columns + $0] } })
    }
}

/// Mean, variance (of the rows themselves: divided by their number) and largest magnitude of every column.
struct Moments {
    private(set) var mean: [Double]
    private(set) var variance: [Double]
    private(set) var largest: [Double]

    init(_ matrix: Matrix) {
        let (rows, columns) = (matrix.rows, matrix.columns)
        mean = Array(repeating: 0, count: columns)
        variance = mean
        largest = mean
        for row in 0..<rows {
            for column in 0..<columns {
                let value = matrix[row, column]
                mean[column] += value
                largest[column] = max(largest[column], abs(value))
            }
        }
        for column in 0..<columns { mean[column] /= Double(rows) }
        for row in 0..<rows {
            for column in 0..<columns {
                let deviation = matrix[row, column] - mean[column]
                variance[column] += deviation * deviation
            }
        }
        for column in 0..<columns { variance[column] /= Double(rows) }
    }

    /// A deviation of less than 1/100,000 of the largest magnitude is about what Float32 rounds: nothing to explain.
    private static let smallestDeviation = 1e-5

    /// Whether a column varies, seen from its own scale.
    func varies(_ column: Int) -> Bool { variance[column].squareRoot() > Self.smallestDeviation * largest[column] }

    /// The rows with mean 0 and variance 1 by these moments; 0 where a column doesn't vary.
    /// - Parameter limit: beyond which numbers are cut off.
    func standardised(_ matrix: Matrix, limit: Double = .infinity) -> Matrix {
        let scale = variance.indices.map { varies($0) ? 1 / variance[$0].squareRoot() : 0 }
        var values = [Float](repeating: 0, count: matrix.values.count)
        for row in 0..<matrix.rows {
            for column in 0..<matrix.columns {
                let value = (matrix[row, column] - mean[column]) * scale[column]
                values[row * matrix.columns + column] = Float(min(limit, max(-limit, value)))
            }
        }
        return Matrix(columns: matrix.columns, values)
    }
}
