/// The two directions in which rows vary most (Pearson 1901), found by the power method.
struct PrincipalPlane {
    /// `[M, 2]`.
    private(set) var coordinates: [Float]
    /// Of the variance, by direction.
    private(set) var shares: [Double]

    private static let iterations = 100

    init(_ matrix: Matrix, _ moments: Moments, seed: UInt64) {
        let (rows, columns) = (matrix.rows, matrix.columns)
        let covariance = SymmetricMatrix(covarianceOf: matrix, mean: moments.mean)
        let total = moments.variance.reduce(0, +)
        coordinates = Array(repeating: 0, count: 2 * rows)
        shares = []
        var directions: [[Double]] = []
        var draws = Draws(seed: seed)
        for axis in 0..<2 {
            var direction = (0..<columns).map { _ in draws.gaussian() }
            var variance = 0.0
            for _ in 0..<Self.iterations {
                for other in directions {
                    let share = zip(direction, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for j in 0..<columns { direction[j] -= share * other[j] }
                }
                let next = (0..<columns).map { i in
                    (0..<columns).reduce(0) { $0 + covariance[max(i, $1), min(i, $1)] * direction[$1] }
                }
                variance = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
                guard variance > 0 else { break }
                direction = next.map { $0 / variance }
            }
            // With one latent there is one direction.
            guard variance > 1e-12 * total else {
                shares.append(0)
                continue
            }
            shares.append(total > 0 ? variance / total : 0)
            directions.append(direction)
            for row in 0..<rows {
                coordinates[2 * row + axis] = Float(
                    (0..<columns).reduce(0) { $0 + (matrix[row, $1] - moments.mean[$1]) * direction[$1] })
            }
        }
    }
}

extension Float {
    /// To three digits behind the point: pages show no more.
    var rounded3: Float { isFinite ? (self * 1000).rounded() / 1000 : self }
}
