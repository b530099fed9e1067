import Glibc

/// A symmetric matrix of doubles; only its lower triangle is looked at.
struct SymmetricMatrix {
    let order: Int
    private var values: [Double]  // [order, order]

    init(order: Int) {
        self.order = order
        values = Array(repeating: 0, count: order * order)
    }

    /// Covariance of columns, divided by the number of rows.
    init(covarianceOf matrix: Matrix, mean: [Double]) {
        self.init(order: matrix.columns)
        var deviations = mean
        for row in 0..<matrix.rows {
            for j in 0..<order { deviations[j] = matrix[row, j] - mean[j] }
            for i in 0..<order { for j in 0...i { values[i * order + j] += deviations[i] * deviations[j] } }
        }
        for i in 0..<order { for j in 0...i { values[i * order + j] /= Double(matrix.rows) } }
    }

    subscript(i: Int, j: Int) -> Double {
        get { values[i * order + j] }
        set { values[i * order + j] = newValue }
    }

    /// L with L·Lᵀ = this one; nil when it isn't positive definite.
    var cholesky: CholeskyFactor? {
        var l = values
        for j in 0..<order {
            for i in j..<order {
                var sum = values[i * order + j]
                for k in 0..<j { sum -= l[i * order + k] * l[j * order + k] }
                if i == j {
                    // What is left of a diagonal entry after rounding is nothing.
                    guard sum > 1e-14 * values[j * order + j] else { return nil }
                    l[j * order + j] = sum.squareRoot()
                } else {
                    l[i * order + j] = sum / l[j * order + j]
                }
            }
        }
        return CholeskyFactor(order: order, lower: l)
    }
}

/// The lower triangle L of A = L·Lᵀ.
struct CholeskyFactor {
    let order: Int
    fileprivate let lower: [Double]  // [order, order]; above the diagonal anything

    fileprivate init(order: Int, lower: [Double]) { (self.order, self.lower) = (order, lower) }

    /// log det A.
    var logDeterminant: Double { (0..<order).reduce(0) { $0 + 2 * log(lower[$1 * order + $1]) } }

    /// x with A·x = b.
    func solve(_ b: [Double]) -> [Double] {
        var x = b
        for i in 0..<order {
            for k in 0..<i { x[i] -= lower[i * order + k] * x[k] }
            x[i] /= lower[i * order + i]
        }
        for i in (0..<order).reversed() {
            for k in i + 1..<order { x[i] -= lower[k * order + i] * x[k] }
            x[i] /= lower[i * order + i]
        }
        return x
    }
}
